"""Faults that the local Amazon Personalize shows on request, to test what must live with them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from personalize_local import limits
from personalize_local.arns import SERVICE_PRINCIPAL
from personalize_local.errors import ApiError, ConnectionDropped, invalid_input, no_room

THROTTLE: Final = "throttle"
SERVER_ERROR: Final = "server-error"
SLOW: Final = "slow"
DROP: Final = "drop"
LOSE_ANSWER: Final = "lose-answer"
ACCESS_DENIED: Final = "access-denied"
ROLE_NOT_READY: Final = "role-not-ready"
NO_ROOM: Final = "no-room"
JOB_FAILS: Final = "job-fails"
JOB_LASTS: Final = "job-lasts"
JOB_NEVER_ENDS: Final = "job-never-ends"

# What each kind takes beside the operation and the number of times, with the defaults.
_PARAMETERS: Final[Mapping[str, Mapping[str, Any]]] = {
    THROTTLE: {},
    SERVER_ERROR: {"status": 503},
    SLOW: {"seconds": 1.0},
    DROP: {},
    LOSE_ANSWER: {},
    ACCESS_DENIED: {},
    ROLE_NOT_READY: {},
    NO_ROOM: {},
    JOB_FAILS: {"reason": "The job failed because a test asked for it.", "seconds": 0.0},
    JOB_LASTS: {"seconds": 20.0},
    JOB_NEVER_ENDS: {},
}
_OF_JOBS: Final = frozenset({JOB_FAILS, JOB_LASTS, JOB_NEVER_ENDS})
_NAMES: Final = (
    *("jobName", "batchInferenceJobArn", "batchSegmentJobArn", "resourceArn"),
    *("solutionArn", "solutionVersionArn", "datasetImportJobArn"),
)
_IMPORT: Final = "CreateDatasetImportJob"
_TRAINING: Final = "CreateSolutionVersion"
_BATCHES: Final = ("CreateBatchInferenceJob", "CreateBatchSegmentJob")
# What strikes some operations only.
_STRIKES: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys((*_OF_JOBS, NO_ROOM), (*_BATCHES, _IMPORT, _TRAINING)),
    ROLE_NOT_READY: (*_BATCHES, _IMPORT),
}
_ROOM: Final = {
    **dict.fromkeys(_BATCHES, limits.JOBS_IN_FLIGHT),
    _IMPORT: limits.IMPORTS_IN_FLIGHT,
    _TRAINING: limits.TRAININGS_IN_FLIGHT,
}
# Values come from JSON too, where True is no number of seconds.
_CHECKS: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "times": (lambda value: type(value) is int and value >= 1, "1 or more, or null for every call"),
    "seconds": (lambda value: type(value) in (int, float) and 0 <= value <= 3600, "from 0 to 3600"),
    "status": (lambda value: type(value) is int and 500 <= value <= 599, "from 500 to 599"),
    "reason": (lambda value: type(value) is str and value != "", "a text"),
    "job": (lambda value: type(value) is str, "a text"),
}


class FaultError(ValueError):
    """A fault was asked for that does not exist; the text is for the test's author."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong, and how often still.

    Attributes:
        operation: The API operation that it strikes.
        kind: One of this module's kinds.
        times: How many calls it still strikes; None for every one.
        seconds: How long a slow answer takes, or the job lasts at least.
        status: The HTTP status of a server error.
        reason: The `failureReason` of a job that fails.
        job: What the name of the job contains that it strikes; empty for every job.
    """

    operation: str
    kind: str
    times: int | None
    seconds: float = 0.0
    status: int = 0
    reason: str = ""
    job: str = ""

    def as_json(self) -> dict[str, object]:
        """Returns the fault as `Faults.add` takes it."""
        own = {name: getattr(self, name) for name in _PARAMETERS[self.kind]}
        where = {"job": self.job} if self.job else {}
        return {"operation": self.operation, "kind": self.kind, "times": self.times, **where, **own}

    def is_for(self, parameters: Mapping[str, object]) -> bool:
        """Tells whether a request is for the job that the fault strikes.

        Args:
            parameters: The request.
        """
        # The ARN of a job ends with its name.
        named = (str(parameters.get(key, "")) for key in _NAMES)
        return any(self.job in name for name in named)

    def strike(self, parameters: Mapping[str, object], sleep: Callable[[float], object]) -> None:
        """Lets the fault happen that comes before the operation does anything.

        Args:
            parameters: The request.
            sleep: Waits some seconds.

        Raises:
            ApiError: The answer that the fault is.
            ConnectionDropped: There is no answer.
        """
        if self.kind == SLOW:
            sleep(self.seconds)
        elif self.kind == DROP:
            raise ConnectionDropped
        elif self.kind == THROTTLE:
            raise ApiError("ThrottlingException", "Rate exceeded")
        elif self.kind == SERVER_ERROR:
            raise ApiError("InternalFailure", "The service is not available.", self.status)
        elif self.kind == ACCESS_DENIED:
            raise ApiError(
                "AccessDeniedException",
                f"The caller is not authorized to perform: personalize:{self.operation} because "
                "no identity-based policy allows it yet.",
            )
        elif self.kind == ROLE_NOT_READY:
            raise invalid_input(
                f"The role {parameters.get('roleArn')} cannot be assumed by {SERVICE_PRINCIPAL} "
                "(it is not known everywhere yet)."
            )
        elif self.kind == NO_ROOM:
            # A training need not have a name.
            name = parameters.get("jobName") or f"a training of {parameters.get('solutionArn')}"
            raise no_room(_ROOM[self.operation], str(name), "another job")


class Faults:
    """The faults that wait for calls, safe for threads."""

    def __init__(self, operations: Collection[str]) -> None:
        """Makes it without faults.

        Args:
            operations: The operations that can be struck.
        """
        self._operations = operations
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(
        self,
        operation: str,
        *,
        kind: str,
        times: int | None = 1,
        seconds: float | None = None,
        status: int | None = None,
        reason: str | None = None,
        job: str = "",
    ) -> None:
        """Adds a fault. A call meets the oldest one that is left for its operation.

        Args:
            operation: The API operation, such as `CreateBatchInferenceJob`.
            kind: What goes wrong. `throttle`, `server-error`, `access-denied`, `role-not-ready`,
                `no-room` (the quota of running jobs is used up) and `drop` (the connection breaks)
                come instead of the operation; `lose-answer` drops the connection after it; `slow`
                delays it. `job-fails`, `job-lasts` and `job-never-ends` let it succeed and decide
                how the job ends, beside a fault of another kind.
            times: How many calls it strikes; None for every one until it is cleared.
            seconds: For `slow`: the delay. For `job-lasts` and `job-fails`: how long the job lasts
                at least. Default: - 1 second; 20 seconds; as long as others.
            status: For `server-error`: the HTTP status. Default: - 503.
            reason: For `job-fails`: the `failureReason`. Default: - a text that says it was asked
                for.
            job: Strikes only requests for jobs whose name contains this, so that tests can share
                a service. Default: - all requests.

        Raises:
            FaultError: There is no such operation or kind, or a value is not valid.
        """
        self._check(operation, kind)
        own = dict(_PARAMETERS[kind])
        given = {"seconds": seconds, "status": status, "reason": reason}
        for name in [name for name, value in given.items() if value is not None]:
            if name not in own:
                takes = f"takes {', '.join(own)}" if own else "takes no parameter"
                raise FaultError(f"a fault of kind {kind} has no {name}: it {takes}")
            _check_value(name, given[name])
            own[name] = given[name]
        if times is not None:
            _check_value("times", times)
        _check_value("job", job)
        with self._lock:
            self._waiting.append(Fault(operation, kind, times, job=job, **own))

    def clear(self) -> None:
        """Removes all faults."""
        with self._lock:
            self._waiting.clear()

    def all(self) -> list[dict[str, object]]:
        """Returns the faults that are left, oldest first, as `add` takes them."""
        with self._lock:
            return [fault.as_json() for fault in self._waiting]

    def take_for_answer(self, operation: str, parameters: Mapping[str, object]) -> Fault | None:
        """Returns the fault that strikes a call's answer, and counts it; None for none.

        Args:
            operation: The operation that is called.
            parameters: The request.
        """
        return self._take(operation, parameters, of_jobs=False)

    def take_for_job(self, operation: str, parameters: Mapping[str, object]) -> Fault | None:
        """Returns the fault that decides how a new job ends, and counts it; None for none.

        Args:
            operation: The operation that made the job.
            parameters: The request.
        """
        return self._take(operation, parameters, of_jobs=True)

    def _check(self, operation: str, kind: str) -> None:
        if kind not in _PARAMETERS:
            raise FaultError(f"there is no fault {kind!r}; there are {', '.join(_PARAMETERS)}")
        if operation not in self._operations:
            raise FaultError(
                f"there is no operation {operation!r}; there are "
                f"{', '.join(sorted(self._operations))}"
            )
        if operation not in _STRIKES.get(kind, (operation,)):
            raise FaultError(f"a fault of kind {kind} strikes {', '.join(_STRIKES[kind])}")

    def _take(
        self, operation: str, parameters: Mapping[str, object], *, of_jobs: bool
    ) -> Fault | None:
        with self._lock:
            for place, fault in enumerate(self._waiting):
                if fault.operation != operation or (fault.kind in _OF_JOBS) != of_jobs:
                    continue
                if not fault.is_for(parameters):
                    continue
                if fault.times == 1:
                    del self._waiting[place]
                elif fault.times is not None:
                    self._waiting[place] = replace(fault, times=fault.times - 1)
                return fault
        return None


def _check_value(name: str, value: object) -> None:
    is_valid, rule = _CHECKS[name]
    if not is_valid(value):
        raise FaultError(f"{name} must be {rule}, got {value!r}")
