"""Starts the state machine that waits for the end of a job and has the wait condition signalled."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from personalize_batch_runtime import _retry
from personalize_batch_runtime._errors import RuntimeFailure, error_code
from personalize_batch_runtime._job.cloudformation import Event
from personalize_batch_runtime._job.personalize import LONGEST_CALL_SECONDS
from personalize_batch_runtime._job.request import JobRequest, Wait, wait_of
from personalize_batch_runtime._retry import Deadline, PropagationRetry

# A name of an execution has at most 80 characters, of which the job's name takes up to 63.
HASH_CHARACTERS = 16

logger = logging.getLogger(__name__)


def check_waited_for(request: JobRequest, event: Event) -> None:
    """Checks that a new job has a wait condition that has not been signalled.

    A wait condition takes one signal in its life. While its handle stays the same, CloudFormation
    does not wait again, so another job would pass for one that has ended well.

    Raises:
        RuntimeFailure: If the handle has been used for the job before.
    """
    if _is_handle_used(request, event) and request.arn != event.physical_id:
        raise RuntimeFailure(
            f"the request became another one when it was deployed, and the wait condition is still "
            f"that of the job {event.physical_id}, so nothing would wait for the new job. "
            "Change run_key to have a new job and a new wait, and deploy again."
        )


def start_waiter(
    states: Callable[[], Any], request: JobRequest, event: Event, deadline: Deadline
) -> None:
    """Has the end of the job signalled to the wait condition, where there is one.

    The job may have ended long ago: a new handle is signalled all the same, or the stack would wait
    in vain. A handle that was signalled before, which a rollback can bring back, is not harmed: the
    name of the execution is made from job and handle and cannot be used twice, and CloudFormation
    takes a second signal of the same id for the first one.
    """
    wait = request.wait
    if wait is None or _is_handle_used(request, event):
        return
    name = execution_name(request.name, wait)
    try:
        _retry.call(
            lambda: states().start_execution(
                stateMachineArn=wait.state_machine_arn,
                name=name,
                input=json.dumps(_waiter_input(request, wait)),
            ),
            deadline=deadline,
            longest_call=LONGEST_CALL_SECONDS,
            retry=PropagationRetry(),
        )
    except ClientError as error:
        if error_code(error) != "ExecutionAlreadyExists":
            raise
        logger.info("the waiter was started before: %s", name)
        return
    logger.info("started the waiter %s", name)


def execution_name(job_name: str, wait: Wait) -> str:
    """Returns the name of the execution that waits for a job in the name of a handle."""
    handle = hashlib.sha256(wait.handle_url.encode(errors="backslashreplace")).hexdigest()
    return f"{job_name}-{handle[:HASH_CHARACTERS]}"


def _is_handle_used(request: JobRequest, event: Event) -> bool:
    before = wait_of(event.old_properties)
    return (
        event.request_type == "Update"
        and request.wait is not None
        and before is not None
        and request.wait.handle_url == before.handle_url
    )


def _waiter_input(request: JobRequest, wait: Wait) -> dict[str, str | int]:
    return {
        "jobArn": request.arn,
        "jobName": request.name,
        "jobKind": request.kind.name,
        "handleUrl": wait.handle_url,
        "seconds": wait.seconds,
        "intervalSeconds": wait.interval_seconds,
    }
