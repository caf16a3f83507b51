"""Asks CloudFormation whether it still waits for a job, before the job is created.

A stack can be cancelled, rolled back or deleted while the function waits for room for the job, and
Lambda can deliver an event late or again. A job that is created then is billed, and nobody knows of
it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError

from personalize_batch_runtime._errors import RuntimeFailure, error_code, error_text
from personalize_batch_runtime._job.cloudformation import Event

# The client gives up on a call after connecting (5 s) and reading (5 s); a look has two calls.
CONNECT_SECONDS = READ_SECONDS = 5
LONGEST_LOOK_SECONDS = 2.0 * (CONNECT_SECONDS + READ_SECONDS)

# Going forward: on the way back no job is made, since the one before is there already.
_FORWARD = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"})
# Of a resource whose creation or update was cancelled. Any other status may be one that is not seen
# yet, and a resource that is not there at all one that is about to be.
_GIVEN_UP = re.compile("_FAILED$|^DELETE_")
_GONE = "ValidationError"

logger = logging.getLogger(__name__)


def check(cloudformation: Callable[[], Any], event: Event) -> None:
    """Checks that CloudFormation still waits for the resource of the event.

    Args:
        cloudformation: Returns the boto3 client.
        event: The request of CloudFormation.

    Raises:
        RuntimeFailure: If it does not.
    """
    try:
        client = cloudformation()
        stack = _known(
            lambda: client.describe_stacks(StackName=event.stack_id)["Stacks"][0]["StackStatus"]
        )
        resource = _known(
            lambda: client.describe_stack_resource(
                StackName=event.stack_id, LogicalResourceId=event.logical_id
            )["StackResourceDetail"]["ResourceStatus"]
        )
    except (ConnectTimeoutError, EndpointConnectionError) as error:
        # A network of the account without a way to CloudFormation: jobs were created there before.
        logger.warning("whether the job is still wanted is not known: %s", error_text(error))
        return
    if stack not in _FORWARD or _GIVEN_UP.search(resource):
        raise RuntimeFailure(
            f"CloudFormation no longer waits for it: the stack is {stack or 'gone'}, the resource "
            f"{resource or 'gone'}. Nothing was created, and nothing is billed."
        )


def _known(status: Callable[[], str]) -> str:
    """Returns a status, and nothing for what is not known to CloudFormation."""
    try:
        return status()
    except ClientError as error:
        if error_code(error) != _GONE:
            raise
        return ""
