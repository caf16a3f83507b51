"""The calls of the job's runtime: checked, counted, and failed or killed where that was asked."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Mapping
from typing import Any

import botocore.session
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from botocore.validate import ParamValidator

from tests.support.errors import refused

# What a fault raises, and whether the call has its effect first.
FAULTS: dict[str, tuple[str, int, str]] = {
    "throttle": ("ThrottlingException", 400, "Rate exceeded"),
    "error-before": ("InternalFailure", 500, "no"),
    "error-after": ("InternalFailure", 500, "no"),
    "denied": ("AccessDeniedException", 400, "not authorized to perform"),
    "role-unseen": ("InvalidInputException", 400, "Unable to assume the role"),
    "limit": ("LimitExceededException", 400, "More than 5 resources with PENDING status"),
    "gone": ("ValidationError", 400, "Stack [shop] does not exist"),
    "in-use": ("ResourceInUseException", 400, "The solution is being updated"),
}


class Killed(BaseException):
    """The Lambda function's process is gone."""


class Calls:
    """The calls of an AWS, the clock of an invocation, and what goes wrong.

    Attributes:
        calls: The operations and requests, in order; answers to CloudFormation are none of them.
        faults: What strikes the next calls, as operations and kinds.
        kill_at: Before or after which call from now the process ends.
        step: Is done before each call.
        slept: The pauses between the calls.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.faults: list[tuple[str, str]] = []
        self.kill_at: tuple[int, bool] | None = None
        self.step: Callable[[], None] = lambda: None
        self.call_seconds = 0.1
        self.slept: list[float] = []
        self._clock = threading.local()

    def seconds_used(self) -> float:
        """How long this thread's invocation has taken."""
        return float(self._clock.now)

    def seconds_in_all(self) -> float:
        """How long this thread's invocations have taken, one after the other."""
        return float(self._clock.before + self._clock.now)

    def start_clock(self) -> None:
        """Begins an invocation of this thread."""
        self._clock.before = getattr(self._clock, "before", 0.0) + getattr(self._clock, "now", 0.0)
        self._clock.now = 0.0

    def hand_over(self, event: Any) -> None:
        """Has the function invoked once more, after this invocation of this thread."""
        self._clock.handed_over = [*getattr(self._clock, "handed_over", []), event]

    def take_handed_over(self) -> list[Any]:
        """Returns what this thread's invocation has handed over."""
        events = getattr(self._clock, "handed_over", [])
        self._clock.handed_over = []
        return list(events)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._clock.now += seconds

    def tick(self, operation: str) -> None:
        # The client that looks at the stack gives up after ten seconds.
        longest = 10.0 if operation.startswith("DescribeStack") else self.call_seconds
        self._clock.now += min(self.call_seconds, longest)

    def take_fault(self, operation: str) -> str | None:
        for fault in self.faults:
            if fault[0] in (operation, "*"):
                self.faults.remove(fault)
                return fault[1]
        return None


class Call:
    """One call, around what the service does."""

    def __init__(self, calls: Calls, operation: str, request: dict[str, Any] | None) -> None:
        self._calls = calls
        self._operation = operation
        self._fault: str | None = None
        self._request = request

    def __enter__(self) -> None:
        calls = self._calls
        calls.step()
        if self._request is not None:
            check_request(self._operation, self._request)
            calls.calls.append((self._operation, self._request))
        calls.tick(self._operation)
        self._killed(before=True)
        self._fault = calls.take_fault(self._operation)
        if self._fault and not self._fault.endswith("-after"):
            self._raise()

    def __exit__(self, *failure: object) -> None:
        # The service's refusals are answers too, and can be lost.
        if failure[0] is None or failure[0] is ClientError:
            self._killed(before=False)
            if self._fault:
                self._raise()

    def _killed(self, *, before: bool) -> None:
        if self._calls.kill_at is None:
            return
        left, is_before = self._calls.kill_at
        if before is is_before:
            self._calls.kill_at = (left - 1, is_before) if left else None
            if not left:
                raise Killed

    def _raise(self) -> None:
        assert self._fault is not None
        if self._operation == "put":
            raise ConnectionResetError("the connection was dropped")
        if self._fault == "dropped-before":
            raise EndpointConnectionError(endpoint_url="https://example.com")
        if self._fault == "dropped-after":
            raise ReadTimeoutError(endpoint_url="https://example.com")
        code, status, message = FAULTS[self._fault]
        raise refused(self._operation, code, status, message)


@functools.cache
def _input_shape(operation: str) -> Any:
    session = botocore.session.get_session()
    for service in ("personalize", "stepfunctions", "cloudformation", "lambda"):
        model = session.get_service_model(service)
        if operation in model.operation_names:
            return model.operation_model(operation).input_shape
    raise LookupError(operation)


def check_request(operation: str, request: Mapping[str, Any]) -> None:
    if operation in ("CopyObject", "ListObjectsV2", "GetObject"):
        return  # The S3 in memory checks these.
    report = ParamValidator().validate(request, _input_shape(operation))
    assert not report.has_errors(), report.generate_report()
