"""Batch jobs: what is known of each, and the rules of names, states and the quota."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from personalize_local import limits
from personalize_local.arns import Scope
from personalize_local.catalog.filters.filter import Filter
from personalize_local.catalog.recipes import Batch
from personalize_local.catalog.solutions import SolutionVersion
from personalize_local.errors import ApiError, no_room
from personalize_local.jobs.request import JobRequest
from personalize_local.resources.resource import ACTIVE, FAILED, IN_PROGRESS, PENDING

_NEXT: Final = {
    PENDING: frozenset({IN_PROGRESS, FAILED}),
    IN_PROGRESS: frozenset({ACTIVE, FAILED}),
    ACTIVE: frozenset[str](),
    FAILED: frozenset[str](),
}


@dataclass(frozen=True, slots=True)
class JobKind:
    """One of the two kinds of batch jobs.

    Attributes:
        noun: What operations and responses call it, such as `BatchInferenceJob`.
        resource: What ARNs call it, such as `batch-inference-job`.
        batch: The kind of recipe that it needs.
    """

    noun: str
    resource: str
    batch: Batch

    @property
    def key(self) -> str:
        """The noun as a key of a response, such as `batchInferenceJob`."""
        return self.noun[0].lower() + self.noun[1:]


INFERENCE: Final = JobKind("BatchInferenceJob", "batch-inference-job", Batch.INFERENCE)
SEGMENT: Final = JobKind("BatchSegmentJob", "batch-segment-job", Batch.SEGMENT)


@dataclass(frozen=True, slots=True)
class Job:
    """A batch job at one moment; a new state is a new Job.

    Attributes:
        kind: Inference or segment.
        scope: The account and region.
        request: The request, as it was accepted.
        version: The solution version that answers.
        filter: The filter; None for none.
        created: When it was created, in epoch seconds.
        updated: When its state changed last, in epoch seconds.
        status: `CREATE PENDING`, `CREATE IN_PROGRESS`, `ACTIVE` or `CREATE FAILED`.
        failure_reason: Why it failed; None otherwise.
    """

    kind: JobKind
    scope: Scope
    request: JobRequest
    version: SolutionVersion
    filter: Filter | None
    created: float
    updated: float
    status: str = PENDING
    failure_reason: str | None = None

    @property
    def name(self) -> str:
        """The name, unique in account and region."""
        return self.request.job_name

    @property
    def arn(self) -> str:
        """The ARN, made from the name."""
        return self.scope.arn(f"{self.kind.resource}/{self.name}")

    @property
    def running(self) -> bool:
        """Whether the job has not ended."""
        return self.status in (PENDING, IN_PROGRESS)


class JobStore:
    """All jobs, safe for threads. Jobs cannot be deleted: the API has no operation for it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Makes an empty store.

        Args:
            clock: Tells the time in epoch seconds.
        """
        self._clock = clock
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def check_name(self, arn: str) -> None:
        """Checks that a name is free.

        Args:
            arn: The ARN that the new job would have.

        Raises:
            ApiError: ResourceAlreadyExistsException.
        """
        if self.get(arn) is not None:
            raise ApiError(
                "ResourceAlreadyExistsException",
                f"Another resource with Amazon Resource Name (ARN) {arn} already exists. The name "
                "of a batch job cannot be used twice; give the new job another jobName.",
            )

    def add(self, job: Job) -> None:
        """Adds a new job.

        Raises:
            ApiError: ResourceAlreadyExistsException or LimitExceededException.
        """
        with self._lock:
            if job.arn not in self._jobs:
                self._check_quota(job)
                self._jobs[job.arn] = job
                return
        self.check_name(job.arn)

    def _check_quota(self, job: Job) -> None:
        running = sum(
            other.running and other.kind == job.kind and other.scope == job.scope
            for other in self._jobs.values()
        )
        if running >= limits.JOBS_IN_FLIGHT:
            others = f"one of the account's running {job.kind.noun}s in {job.scope.region}"
            raise no_room(limits.JOBS_IN_FLIGHT, job.name, others)

    def get(self, arn: str) -> Job | None:
        """Returns a job; None when there is no such one."""
        with self._lock:
            return self._jobs.get(arn)

    def all(self) -> list[Job]:
        """Returns all jobs, oldest first."""
        with self._lock:
            return list(self._jobs.values())

    def of(self, scope: Scope, kind: JobKind) -> list[Job]:
        """Returns the jobs of one kind in an account and region, oldest first."""
        return [job for job in self.all() if (job.scope, job.kind) == (scope, kind)]

    def move(self, arn: str, status: str, failure_reason: str | None = None) -> None:
        """Brings a job to its next state.

        Args:
            arn: The job.
            status: The new state.
            failure_reason: Why it failed, with `CREATE FAILED`.

        Raises:
            ValueError: The state cannot follow the present one.
        """
        with self._lock:
            job = self._jobs[arn]
            if status not in _NEXT[job.status]:
                raise ValueError(f"{arn} is {job.status}, which {status!r} cannot follow")
            self._jobs[arn] = replace(
                job, status=status, failure_reason=failure_reason, updated=self._clock()
            )
