"""Asks CloudFormation whether it still waits for a job, before the job is created.

A stack can be cancelled, rolled back or deleted while the function waits for room for the job, and
Lambda can deliver an event late or again. A job that is created then is billed, and nobody knows of
it.
"""

from __future__ import annotations

import logging
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
        stack = client.describe_stacks(StackName=event.stack_id)["Stacks"][0]["StackStatus"]
        resource = client.describe_stack_resource(
            StackName=event.stack_id, LogicalResourceId=event.logical_id
        )["StackResourceDetail"]["ResourceStatus"]
    except ClientError as error:
        if error_code(error) != _GONE:
            raise
        raise _unwanted("the stack or the resource is gone") from error
    except (ConnectTimeoutError, EndpointConnectionError) as error:
        # A network of the account without a way to CloudFormation: jobs were created there before.
        logger.warning("whether the job is still wanted is not known: %s", error_text(error))
        return
    if stack not in _FORWARD or resource != f"{event.request_type.upper()}_IN_PROGRESS":
        raise _unwanted(f"the stack is in {stack}, the resource in {resource}")


def _unwanted(found: str) -> RuntimeFailure:
    return RuntimeFailure(
        f"CloudFormation no longer waits for it: {found}. Nothing was created, and nothing is "
        "billed."
    )
