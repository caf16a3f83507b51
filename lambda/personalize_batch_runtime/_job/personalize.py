"""The only user of the Personalize client: creates a job exactly once, and tags it."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from personalize_batch_runtime import _retry
from personalize_batch_runtime._errors import (
    OutOfTime,
    RuntimeFailure,
    Uncertain,
    error_code,
    error_text,
)
from personalize_batch_runtime._job.kinds import request_differences
from personalize_batch_runtime._job.request import JobRequest
from personalize_batch_runtime._job.room import HAND_OVER_SECONDS, Chain
from personalize_batch_runtime._job.still_wanted import LONGEST_LOOK_SECONDS
from personalize_batch_runtime._retry import BusyRetry, Deadline, PropagationRetry

T = TypeVar("T")

# The client gives up on a call after connecting (5 s) and reading (20 s).
CONNECT_SECONDS = 5
READ_SECONDS = 20
LONGEST_CALL_SECONDS = float(CONNECT_SECONDS + READ_SECONDS)
# Describe, look at the stack and create, and then, if nobody knows how that ended, describe again
# with a margin.
LONGEST_CREATE_SECONDS = 3 * LONGEST_CALL_SECONDS + LONGEST_LOOK_SECONDS + 5

NOT_FOUND = "ResourceNotFoundException"
ALREADY_EXISTS = "ResourceAlreadyExistsException"
VERSIONS_SHOWN = 20

logger = logging.getLogger(__name__)


class Personalize:
    """Creates, describes and tags batch jobs, within the time that is left."""

    def __init__(self, client: Any, deadline: Deadline) -> None:  # noqa: ANN401 - boto3 is untyped
        """Wraps a boto3 client that does not retry by itself."""
        self._client = client
        self._deadline = deadline

    def adopt(self, request: JobRequest) -> str | None:
        """Finds the job that the same request made before.

        Returns:
            The solution version that the job uses; None where there is no such job.

        Raises:
            RuntimeFailure: If a job of this name exists with another request.
        """
        found = self._call(lambda: self._describe(request))
        return None if found is None else _same_job(request, found)

    def create(
        self, request: JobRequest, *, check_wanted: Callable[[], None], chain: Chain | None
    ) -> str:
        """Creates the job, or adopts it where another delivery of the event was faster.

        A failed call may have made the job nevertheless, so each attempt after the first one looks
        for it before it creates.

        Args:
            request: The request.
            check_wanted: Is called before each creation, and raises if nobody wants the job any
                more.
            chain: The chain of invocations that waits for room; None where this one has to do.

        Returns:
            The solution version that the job uses.

        Raises:
            RuntimeFailure: If a job of this name exists with another request.
            Uncertain: If it cannot be told whether the job was made.
            OutOfTime: If it was not, and there is no time for another attempt.
        """
        looked = False
        retry = BusyRetry() if chain is None else BusyRetry(math.inf)
        reserve = 0.0 if chain is None else HAND_OVER_SECONDS

        def attempt() -> str:
            nonlocal looked
            found = self._describe(request) if looked else None
            looked = True
            if found is not None:
                return _same_job(request, found)
            check_wanted()
            getattr(self._client, request.kind.create)(**_with_tags(request))
            return str(request.api["solutionVersionArn"])

        try:
            return self._call(attempt, seconds=LONGEST_CREATE_SECONDS + reserve, retry=retry)
        except (ClientError, OutOfTime) as error:
            version = self._made_nevertheless(request, error)
            if version is None:
                raise
            return version

    def newest_version(self, solution_arn: str) -> str:
        """Returns the ARN of the solution's newest ACTIVE version.

        Raises:
            RuntimeFailure: If no version is ACTIVE.
        """
        answer = self._versions_page(solution_arn)
        versions = list(answer["solutionVersions"])
        while answer.get("nextToken"):
            answer = self._versions_page(solution_arn, nextToken=answer["nextToken"])
            versions += answer["solutionVersions"]
        newest_first = sorted(versions, key=lambda one: one["creationDateTime"], reverse=True)
        for version in newest_first:
            if version["status"] == "ACTIVE":
                return str(version["solutionVersionArn"])
        raise RuntimeFailure(
            f"the solution {solution_arn} has no version that is ACTIVE: it has "
            f"{_listed(newest_first)}. Train a version, wait until it is ACTIVE, and deploy again."
        )

    def solution_version(self, arn: str) -> Mapping[str, Any]:
        """Describes a solution version."""
        answer = self._call(lambda: self._client.describe_solution_version(solutionVersionArn=arn))
        found: Mapping[str, Any] = answer["solutionVersion"]
        return found

    def set_tags(self, job_arn: str, tags: Mapping[str, str], *, before: Mapping[str, str]) -> None:
        """Gives an existing job its tags.

        What the job has decides, because a change may have been done in part before it was rolled
        back. Of the tags that were asked for before, those that no longer are go; a tag that was
        never asked for is somebody else's, and stays.
        """
        answer = self._call(lambda: self._client.list_tags_for_resource(resourceArn=job_arn))
        has = {tag["tagKey"]: tag["tagValue"] for tag in answer["tags"]}
        wrong = {key: value for key, value in tags.items() if has.get(key) != value}
        extra = [key for key in before if key in has and key not in tags]
        # Off first: a job with 50 tags has no room for another one.
        if extra:
            logger.info("removing %d tags", len(extra))
            self._call(
                lambda: self._client.untag_resource(resourceArn=job_arn, tagKeys=extra),
                retry=BusyRetry(),
            )
        if wrong:
            logger.info("setting %d tags", len(wrong))
            self._call(
                lambda: self._client.tag_resource(resourceArn=job_arn, tags=_tag_list(wrong)),
                retry=BusyRetry(),
            )

    def _versions_page(self, solution_arn: str, **page: str) -> Mapping[str, Any]:
        return self._call(
            lambda: self._client.list_solution_versions(solutionArn=solution_arn, **page)
        )

    def _describe(self, request: JobRequest) -> Mapping[str, Any] | None:
        describe = getattr(self._client, request.kind.describe)
        try:
            found: Mapping[str, Any] = describe(**{request.kind.arn_key: request.arn})[
                request.kind.key
            ]
        except ClientError as error:
            if error_code(error) != NOT_FOUND:
                raise
            return None
        return found

    def _made_nevertheless(self, request: JobRequest, error: Exception) -> str | None:
        """Looks for the job once more where the failure does not tell whether it was made."""
        cause = error.__cause__ if isinstance(error, OutOfTime) else error
        if not isinstance(cause, Exception) or not (
            error_code(cause) == ALREADY_EXISTS or _retry.is_transient(cause)
        ):
            return None
        logger.info("looking for the job after: %s", error_text(cause))
        try:
            return self.adopt(request)
        except (ClientError, OutOfTime) as unknown:
            raise Uncertain(
                f"{error_text(cause)} Whether that call made the job is not known: "
                f"{error_text(unknown)} Look for the job before you deploy again."
            ) from unknown

    def _call(
        self,
        operation: Callable[[], T],
        *,
        seconds: float = LONGEST_CALL_SECONDS,
        retry: Callable[[Exception], bool] | None = None,
    ) -> T:
        return _retry.call(
            operation,
            deadline=self._deadline,
            longest_call=seconds,
            retry=retry or PropagationRetry(),
        )


def _same_job(request: JobRequest, found: Mapping[str, Any]) -> str:
    version = str(found["solutionVersionArn"])
    asked = request
    differences = []
    if request.solution_arn:
        asked = request.with_version(version)
        if version.rpartition("/")[0] != request.solution_arn:
            differences.append(
                f"solutionVersionArn: it has {version!r}, asked for a version of "
                f"{request.solution_arn!r}"
            )
    differences += request_differences(request.kind, asked.api, found)
    if differences:
        raise RuntimeFailure(
            f"a job of this name exists already and its request is another one ("
            f"{'; '.join(differences)}). Names of jobs cannot be used twice: give another "
            "job_name, or leave it out to have one made from the request."
        )
    logger.info("adopted the job that the same request made: %s", request.arn)
    return version


def _with_tags(request: JobRequest) -> Mapping[str, Any]:
    return {**request.api, "tags": _tag_list(request.tags)} if request.tags else request.api


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"tagKey": key, "tagValue": value} for key, value in tags.items()]


def _listed(versions: Sequence[Mapping[str, Any]]) -> str:
    if not versions:
        return "none"
    shown = [f"{one['solutionVersionArn']} ({one['status']})" for one in versions[:VERSIONS_SHOWN]]
    rest = len(versions) - len(shown)
    return ", ".join(shown) + (f" and {rest} older ones" if rest else "")
