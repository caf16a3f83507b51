"""The only user of the Personalize client: creates a job exactly once."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from personalize_batch_runtime import _retry
from personalize_batch_runtime._errors import RuntimeFailure, error_code
from personalize_batch_runtime._retry import Deadline, PropagationRetry

# The client gives up on a call after connecting (5 s) and reading (20 s).
CONNECT_SECONDS = 5
READ_SECONDS = 20
LONGEST_CALL_SECONDS = float(CONNECT_SECONDS + READ_SECONDS)

logger = logging.getLogger(__name__)


class Personalize:
    """Creates and describes batch inference jobs, within the time that is left."""

    def __init__(self, client: Any, deadline: Deadline) -> None:  # noqa: ANN401 - boto3 is untyped
        """Wraps a boto3 client that does not retry by itself."""
        self._client = client
        self._deadline = deadline

    def ensure_job(self, request: Mapping[str, Any], *, job_arn: str) -> str:
        """Creates the job, or adopts the one that the same request made before.

        Args:
            request: The whole ``CreateBatchInferenceJob`` request.
            job_arn: The ARN that a job of this name has.

        Returns:
            The ARN of the job.

        Raises:
            RuntimeFailure: If a job of this name exists with another request.
        """
        try:
            answer = _retry.call(
                lambda: self._client.create_batch_inference_job(**request),
                deadline=self._deadline,
                longest_call=LONGEST_CALL_SECONDS,
                retry=PropagationRetry(),
            )
        except ClientError as error:
            if error_code(error) != "ResourceAlreadyExistsException":
                raise
            self._check_same(request, job_arn)
            logger.info("adopted the job that the same request made: %s", job_arn)
            return job_arn
        return str(answer["batchInferenceJobArn"])

    def _check_same(self, request: Mapping[str, Any], job_arn: str) -> None:
        found = _retry.call(
            lambda: self._client.describe_batch_inference_job(batchInferenceJobArn=job_arn),
            deadline=self._deadline,
            longest_call=LONGEST_CALL_SECONDS,
        )["batchInferenceJob"]
        differences = request_differences(request, found)
        if differences:
            raise RuntimeFailure(
                f"a job of this name exists already and its request is another one ("
                f"{'; '.join(differences)}). Names of jobs cannot be used twice: give another "
                "job_name, or leave it out to have one made from the request."
            )


def request_differences(asked: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Lists where a described job differs from a request, as ``key: found, asked``.

    A key that was not asked for differs only where the service has no default for it: the job's
    mode and its number of results have one.
    """
    defaults = {"numResults": found.get("numResults"), "batchInferenceJobMode": "BATCH_INFERENCE"}
    keys = (
        "solutionVersionArn",
        "filterArn",
        "numResults",
        "jobInput",
        "jobOutput",
        "roleArn",
        "batchInferenceJobConfig",
        "batchInferenceJobMode",
        "themeGenerationConfig",
    )
    differences = []
    for key in keys:
        default = defaults.get(key)
        asked_value, found_value = asked.get(key, default), found.get(key, default)
        if asked_value != found_value and (asked_value or found_value):
            differences.append(f"{key}: it has {found_value!r}, asked for {asked_value!r}")
    return differences
