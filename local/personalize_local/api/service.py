"""Amazon Personalize on this machine: takes calls, and can be told to go wrong."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from personalize_local.api import answers, model
from personalize_local.api.operations import groups, imports, reading, solutions, versions
from personalize_local.api.operations.jobs import JobOperations
from personalize_local.api.operations.operation import Desk, Operation, Response
from personalize_local.arns import scope_of
from personalize_local.catalog.solutions import builtin
from personalize_local.cloud import Caller, Cloud
from personalize_local.datasets.holdings import Holdings
from personalize_local.errors import ApiError, ConnectionDropped, not_found
from personalize_local.faults import LOSE_ANSWER, Faults
from personalize_local.jobs.runner import JobRunner
from personalize_local.jobs.store import Job, JobStore
from personalize_local.resources.kinds import SOLUTION
from personalize_local.resources.life import Life
from personalize_local.resources.resource import UNDER_WAY, Resource
from personalize_local.resources.store import ResourceStore
from personalize_local.resources.threads import Threads


class PersonalizeService:
    """The service: answers requests and runs the jobs in threads.

    Attributes:
        faults: What goes wrong on request.
    """

    def __init__(
        self,
        cloud: Cloud,
        *,
        job_seconds: float = 5.0,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        """Starts the service.

        Args:
            cloud: The AWS around it: policies, roles, S3.
            job_seconds: How long a job lasts at least when it does not fail; the first quarter of
                it is pending.
            clock: Tells the time in epoch seconds.
            sleep: Waits some seconds. Default: - a real wait, which `close` ends early. Give
                another one to make time pass at once, or to hold jobs in a state.
        """
        self._cloud = cloud
        self._job_seconds = job_seconds
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._begin()
        self.faults = Faults(self.operations)

    @property
    def operations(self) -> frozenset[str]:
        """The names of the operations that `call` knows."""
        return frozenset(self._operations)

    @property
    def calls(self) -> dict[str, int]:
        """How many calls of each operation there were, also those that failed."""
        with self._lock:
            return dict(self._calls)

    @property
    def jobs(self) -> list[Response]:
        """All jobs of all accounts and regions, as their Describe operations answer them."""
        return [answers.job(job) for job in self._store.all()]

    def has_ended(self, arn: str) -> bool:
        """Whether a job or a solution version is there, and nothing is done for it any more.

        Args:
            arn: Its ARN.
        """
        job = self._store.get(arn)
        if job is not None:
            return not job.running
        found = self.resource(arn)
        return found is not None and found.status not in UNDER_WAY

    def resource(self, arn: str) -> Resource | None:
        """Returns a dataset group, schema, data set, import, solution, version or filter.

        Args:
            arn: Its ARN.

        Returns:
            It as it is now; None when there is no such one.
        """
        return self._resources.get(scope_of(arn), arn)

    def train(self, solution_arn: str) -> str:
        """Trains a version as automatic training does, now and not once in some days.

        Args:
            solution_arn: The solution.

        Returns:
            The ARN of the new version.

        Raises:
            ApiError: There is no such solution, or it trains by hand only.
        """
        found = self.resource(solution_arn)
        if found is None or found.kind is not SOLUTION:
            raise not_found(solution_arn)
        return versions.train_automatically(self._desk, found)

    def call(self, operation: str, parameters: Mapping[str, object], caller: Caller) -> Response:
        """Runs one API operation.

        Args:
            operation: Its name, such as `CreateBatchInferenceJob`.
            parameters: The request, as JSON values.
            caller: Who signed the request.

        Returns:
            The response as JSON values; timestamps are epoch seconds, as in AWS's JSON 1.1.

        Raises:
            ApiError: The answer is an error.
            ConnectionDropped: A fault leaves the caller without an answer.
        """
        if operation not in self._operations:
            raise ApiError(
                "UnknownOperationException",
                f"The local Amazon Personalize has no operation {operation}: it runs batch jobs, "
                "and has no campaigns, recommenders, events or exports. It has "
                f"{', '.join(sorted(self.operations))}.",
            )
        with self._lock:
            self._calls[operation] += 1
        fault = self.faults.take_for_answer(operation, parameters)
        if fault is not None:
            fault.strike(parameters, self._threads.sleep)
        if fault is None or fault.kind != LOSE_ANSWER:
            return self._answer(operation, parameters, caller)
        # Whatever the answer would have been, an error too.
        with contextlib.suppress(ApiError):
            self._answer(operation, parameters, caller)
        raise ConnectionDropped

    def _answer(self, operation: str, parameters: Mapping[str, object], caller: Caller) -> Response:
        model.validate(operation, parameters)
        return self._operations[operation].run(parameters, caller)

    def reset(self) -> None:
        """Forgets all jobs, tags, calls and faults. Jobs that are still running are stopped."""
        self.close()
        self._begin()
        self.faults.clear()

    def close(self) -> None:
        """Stops the threads of jobs; jobs that are still running fail."""
        self._threads.close()
        self._desk.holdings.close()

    def _begin(self) -> None:
        store, threads = JobStore(self._clock), Threads(self._sleep)
        resources = ResourceStore(self._clock, builtin)
        holdings = Holdings(resources)
        desk = Desk(
            cloud=self._cloud,
            resources=resources,
            holdings=holdings,
            life=Life(resources, threads, self._clock, seconds=self._job_seconds),
            fault_of=lambda operation, values: self.faults.take_for_job(operation, values),
            clock=self._clock,
        )
        runner = JobRunner(
            self._cloud,
            store,
            threads,
            job_seconds=self._job_seconds,
            clock=self._clock,
            model_of=holdings.model_of,
        )

        def start(job: Job) -> None:
            named = {"jobName": job.name}
            runner.start(job, self.faults.take_for_job(f"Create{job.kind.noun}", named))

        self._store, self._threads, self._resources, self._desk = store, threads, resources, desk
        self._operations: dict[str, Operation[Any]] = {
            **JobOperations(desk, store, start).table,
            **reading.operations(desk),
            **groups.operations(desk),
            **imports.operations(desk),
            **solutions.operations(desk),
            **versions.operations(desk),
        }
        self._calls: Counter[str] = Counter()
