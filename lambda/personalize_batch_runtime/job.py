"""The custom resource behind a batch job: create it, adopt it, leave it alone."""

from __future__ import annotations

import functools
import logging
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config

from personalize_batch_runtime import _cloudformation, _personalize, _retry
from personalize_batch_runtime._cloudformation import Answer, Event
from personalize_batch_runtime._errors import OutOfTime, RuntimeFailure, error_text
from personalize_batch_runtime._personalize import Personalize
from personalize_batch_runtime._request import InputCopy, JobRequest, job_request
from personalize_batch_runtime._retry import Deadline, PropagationRetry

# A server-side copy of 1 GB (the most that a job takes) answers only when it is done.
COPY_READ_SECONDS = 90
LONGEST_COPY_SECONDS = float(_personalize.CONNECT_SECONDS + COPY_READ_SECONDS)

logging.getLogger().setLevel(logging.INFO)
logger = logging.getLogger(__name__)


def handler(raw: Mapping[str, Any], context: Any) -> None:  # noqa: ANN401 - Lambda's own object
    """Answers one custom resource request; Lambda's entry point."""
    deadline = Deadline(context.get_remaining_time_in_millis)
    _cloudformation.serve(
        raw, lambda event: run(event, personalize=_client(), s3=_s3(), deadline=deadline)
    )


def run(event: Event, *, personalize: Any, s3: Any, deadline: Deadline) -> Answer:  # noqa: ANN401
    """Does what the event asks for.

    Create and Update make sure that the job of their properties exists. An Update that changes
    nothing about the request finds the job it made before; any other makes a new one, whose ARN
    becomes the physical id. Delete does nothing: Personalize can neither stop nor delete a job.

    Args:
        event: CloudFormation's request.
        personalize: A boto3 ``personalize`` client.
        s3: A boto3 ``s3`` client.
        deadline: The time that is left.

    Raises:
        RuntimeFailure: With the sentence that the deployment shows.
    """
    if event.request_type == "Delete":
        logger.info("nothing to delete: a batch job stays. %s", event.physical_id)
        return Answer(event.physical_id or f"no-job-{event.request_id}")
    if event.request_type not in {"Create", "Update"}:
        raise RuntimeFailure(
            f"RequestType must be Create, Update or Delete, got {event.request_type!r}."
        )
    request = job_request(event.properties, stack_id=event.stack_id, logical_id=event.logical_id)
    try:
        if request.input_copy:
            _copy_input(s3, request.input_copy, deadline)
        job_arn = Personalize(personalize, deadline).ensure_job(
            request.api, job_arn=_job_arn(event.stack_id, request)
        )
    except Exception as error:
        raise _failure(request.name, error) from error
    return Answer(
        job_arn,
        {"JobArn": job_arn, "JobName": request.name, "OutputUri": request.output_uri},
    )


def _copy_input(s3: Any, copy: InputCopy, deadline: Deadline) -> None:  # noqa: ANN401
    logger.info("copying the input to s3://%s/%s", copy.bucket, copy.key)
    _retry.call(
        lambda: s3.copy_object(
            CopySource={"Bucket": copy.source_bucket, "Key": copy.source_key},
            Bucket=copy.bucket,
            Key=copy.key,
        ),
        deadline=deadline,
        longest_call=LONGEST_COPY_SECONDS,
        retry=PropagationRetry(),
    )


def _job_arn(stack_id: str, request: JobRequest) -> str:
    # arn:PARTITION:cloudformation:REGION:ACCOUNT:stack/…; the job lives beside its stack.
    partition, _, region, account = stack_id.split(":")[1:5]
    return f"arn:{partition}:personalize:{region}:{account}:batch-inference-job/{request.name}"


def _failure(job_name: str, error: Exception) -> RuntimeFailure:
    text = f"Batch inference job {job_name} was not created: {error_text(error)}"
    return OutOfTime(text) if isinstance(error, OutOfTime) else RuntimeFailure(text)


@functools.cache
def _client() -> Any:  # noqa: ANN401
    return boto3.client("personalize", config=_config(_personalize.READ_SECONDS))


@functools.cache
def _s3() -> Any:  # noqa: ANN401
    return boto3.client("s3", config=_config(COPY_READ_SECONDS))


def _config(read_seconds: int) -> Config:
    # The retries of _retry know the function's time; the SDK's own would not end with it.
    return Config(
        connect_timeout=_personalize.CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"total_max_attempts": 1},
    )
