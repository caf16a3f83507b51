"""The custom resource behind a batch job: create it, adopt it, leave it alone."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from personalize_batch_runtime import _log, _retry
from personalize_batch_runtime._errors import (
    HandedOver,
    OutOfTime,
    RuntimeFailure,
    Uncertain,
    error_code,
    error_text,
)
from personalize_batch_runtime._job import (
    cloudformation,
    presigned,
    room,
    still_wanted,
    waiter,
)
from personalize_batch_runtime._job.cloudformation import Answer, Event
from personalize_batch_runtime._job.personalize import CONNECT_SECONDS, READ_SECONDS, Personalize
from personalize_batch_runtime._job.properties import tags_of
from personalize_batch_runtime._job.request import (
    InputCopy,
    JobRequest,
    check_places,
    job_request,
)
from personalize_batch_runtime._retry import Deadline, PropagationRetry

# A server-side copy of 1 GB (the most that a job takes) answers only when it is done.
COPY_READ_SECONDS = 90
LONGEST_COPY_SECONDS = float(CONNECT_SECONDS + COPY_READ_SECONDS)

logger = logging.getLogger(__name__)


class Clients:
    """The boto3 clients, each made when it is needed first and kept while the function is warm."""

    @functools.cached_property
    def personalize(self) -> Any:  # noqa: ANN401 - boto3 is untyped
        """Creates and describes jobs."""
        return boto3.client("personalize", config=_config(READ_SECONDS))

    @functools.cached_property
    def s3(self) -> Any:  # noqa: ANN401
        """Reads and copies the input."""
        return boto3.client("s3", config=_config(COPY_READ_SECONDS))

    @functools.cached_property
    def cloudformation(self) -> Any:  # noqa: ANN401
        """Says whether a job is still waited for."""
        return boto3.client("cloudformation", config=_config(still_wanted.READ_SECONDS))

    @functools.cached_property
    def functions(self) -> Any:  # noqa: ANN401
        """Invokes this function again."""
        return boto3.client("lambda", config=_config(READ_SECONDS))

    @functools.cached_property
    def states(self) -> Any:  # noqa: ANN401
        """Starts the waiter."""
        return boto3.client("stepfunctions", config=_config(READ_SECONDS))


_clients = Clients()


def handler(raw: Mapping[str, Any], context: Any) -> None:  # noqa: ANN401 - Lambda's own object
    """Answers a custom resource request, or signals the end of a wait; Lambda's entry point."""
    with _log.invocation(getattr(context, "aws_request_id", "")):
        deadline = Deadline(context.get_remaining_time_in_millis)
        dispatch(raw, clients=_clients, deadline=deadline, put=presigned.put)


def dispatch(
    raw: Mapping[str, Any],
    *,
    clients: Clients,
    deadline: Deadline,
    put: Callable[[str, bytes], None],
) -> None:
    """Does what the event asks for and tells the result to who waits for it.

    The event is a custom resource request of CloudFormation, or ``{"Signal": …}``.
    """
    if isinstance(raw.get("Signal"), Mapping):
        # Here, because creating a job should not wait for it at a cold start.
        from personalize_batch_runtime._job import signal

        _log.note(jobName=str(raw["Signal"].get("jobName")))
        signal.send(raw["Signal"], put=put)
        return
    cloudformation.serve(raw, lambda event: run(event, clients=clients, deadline=deadline), put=put)


def run(event: Event, *, clients: Clients, deadline: Deadline) -> Answer:
    """Does what a custom resource request asks for.

    Create and Update make sure that the job of their properties exists. An Update that changes
    nothing about the request finds the job it made before; any other makes a new one, whose ARN
    becomes the physical id. Delete does nothing: Personalize can neither stop nor delete a job.

    Raises:
        RuntimeFailure: With the sentence that the deployment shows.
    """
    if event.request_type == "Delete":
        logger.info("nothing to delete: a batch job stays. %s", event.physical_id)
        return Answer(event.physical_id or f"no-job-{event.request_id}", {})
    if event.request_type not in {"Create", "Update"}:
        raise RuntimeFailure(
            f"RequestType must be Create, Update or Delete, got {event.request_type[:200]!r}; this "
            "function is called by a custom resource of cdk-personalize-batch only."
        )
    request = job_request(event.properties, stack_id=event.stack_id, logical_id=event.logical_id)
    _log.note(jobName=request.name)
    version = _ensure_job(event, request, clients, deadline)
    attributes = {
        "JobArn": request.arn,
        "JobName": request.name,
        "OutputUri": request.output_uri,
        "SolutionVersionArn": version,
    }
    # The construct gives each run names of its own, for the stacks that refer to them.
    mark = event.properties.get("RunMark", "")
    return Answer(request.arn, {f"{name}{mark}": value for name, value in attributes.items()})


def _ensure_job(event: Event, request: JobRequest, clients: Clients, deadline: Deadline) -> str:
    personalize = Personalize(clients.personalize, deadline)
    doing = "was not created"
    try:
        waiter.check_waited_for(request, event)
        # Looked for first, because a rollback must not depend on an input that is gone.
        version = personalize.adopt(request)
        if version is None:
            version = _create_job(event, request, clients, deadline)
        else:
            doing = "exists, and its tags were not set"
            _set_tags(event, request, personalize)
        doing = "exists, and goes on, but its end cannot be waited for"
        waiter.start_waiter(lambda: clients.states, request, event, deadline)
    except HandedOver:
        raise
    except Uncertain as error:
        raise RuntimeFailure(f"{request.sentence} may exist: {error_text(error)}") from error
    except Exception as error:
        raise RuntimeFailure(f"{request.sentence} {doing}: {error_text(error)}") from error
    return version


def _create_job(event: Event, request: JobRequest, clients: Clients, deadline: Deadline) -> str:
    check_places(request)
    chain = room.chain_of(event, deadline)
    if chain is not None:
        deadline = deadline.ending_at(chain.ends_at)
    personalize = Personalize(clients.personalize, deadline)
    if request.solution_arn:
        request = request.with_version(personalize.newest_version(request.solution_arn))
    if chain is None or not chain.has_begun:
        _prepare(request, personalize, clients, deadline)
    try:
        version = personalize.create(
            request,
            check_wanted=lambda: still_wanted.check(lambda: clients.cloudformation, event),
            chain=chain,
        )
    except OutOfTime as error:
        if chain is None:
            raise
        room.hand_over(lambda: clients.functions, event, chain, deadline, error)
    logger.info("the job exists: %s", request.arn)
    return version


def _prepare(
    request: JobRequest, personalize: Personalize, clients: Clients, deadline: Deadline
) -> None:
    if request.preflight:
        # Not at the cold start: updates of anything else and deletions get by without it.
        from personalize_batch_runtime._job import preflight

        preflight.check(request, personalize=personalize, s3=lambda: clients.s3, deadline=deadline)
    if request.input_copy:
        _copy_input(clients.s3, request.input_copy, deadline)


def _copy_input(s3: Any, copy: InputCopy, deadline: Deadline) -> None:  # noqa: ANN401
    logger.info("copying the input to s3://%s/%s", copy.bucket, copy.key)
    _retry.call(
        lambda: s3.copy_object(
            CopySource={"Bucket": copy.source_bucket, "Key": copy.source_key},
            Bucket=copy.bucket,
            Key=copy.key,
            # Tags of the asset are not input, and copying them needs rights of its own.
            TaggingDirective="REPLACE",
        ),
        deadline=deadline,
        longest_call=LONGEST_COPY_SECONDS,
        retry=PropagationRetry(),
    )


def _set_tags(event: Event, request: JobRequest, personalize: Personalize) -> None:
    before = tags_of(event.old_properties)
    if not request.tags and not before:
        return
    is_same = event.request_type == "Update" and request.tags == before
    if is_same and event.physical_id == request.arn:
        return
    try:
        personalize.set_tags(request.arn, request.tags, before=before)
    except ClientError as error:
        # A rollback to the job before changes no tags, and must not fail for a right to them; a job
        # that an update finds again has the tags of its time, which may be others.
        if not is_same or not error_code(error).startswith("AccessDenied"):
            raise
        logger.warning("the tags of %s were not looked at: %s", request.arn, error_text(error))


def _config(read_seconds: int) -> Config:
    # The retries of _retry know the function's time; the SDK's own would not end with it.
    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"total_max_attempts": 1},
    )
