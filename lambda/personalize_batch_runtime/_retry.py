"""Retries that end before the Lambda function's own time does."""

from __future__ import annotations

import logging
import math
import random
import re
import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    HTTPClientError,
)
from botocore.exceptions import (
    ConnectionError as NoConnectionError,
)

from personalize_batch_runtime._errors import OutOfTime, error_code, error_text

T = TypeVar("T")

# Kept free at the end of an invocation, so that CloudFormation always gets its answer.
ANSWER_SECONDS = 25.0
LONGEST_PAUSE_SECONDS = 15.0

THROTTLED = frozenset(
    {
        "RequestLimitExceeded",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
SERVER_ERROR_STATUS = 500
BUSY = frozenset({"LimitExceededException", "ResourceInUseException"})
ROLE_WORDS = re.compile(r"role|assume|permission|access", re.IGNORECASE)

logger = logging.getLogger(__name__)


class Patience(NamedTuple):
    """How often, and after which pauses, one kind of error is worth another attempt."""

    attempts: int
    shortest_pause: float
    longest_pause: float


# IAM is eventually consistent: a role or policy made a moment ago may not be seen yet. A minute.
PROPAGATION = Patience(attempts=12, shortest_pause=4, longest_pause=6)
# A running job or a resource in the making takes minutes, so asking often gains nothing. 8 minutes.
BUSYNESS = Patience(attempts=19, shortest_pause=20, longest_pause=30)


class Deadline:
    """The time that is left for work in this invocation."""

    def __init__(
        self,
        remaining_milliseconds: Callable[[], int],
        *,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
        ends_at: float = math.inf,
    ) -> None:
        """Wraps the clock of the Lambda context, ``context.get_remaining_time_in_millis``.

        Args:
            remaining_milliseconds: The time that is left for the invocation.
            sleep: Sleeps for seconds.
            now: The time, in seconds, of a clock that all invocations have.
            ends_at: When work that several invocations do ends at the latest, on that clock.
        """
        self._remaining_milliseconds = remaining_milliseconds
        self._sleep = sleep
        self.now = now
        self._ends_at = ends_at

    def ending_at(self, time: float) -> Deadline:
        """Returns a deadline that ends then, if it does not end before."""
        return Deadline(self._remaining_milliseconds, sleep=self._sleep, now=self.now, ends_at=time)

    def seconds(self) -> float:
        """Returns the seconds left for work; the time to answer is not part of them."""
        left = self._remaining_milliseconds() / 1000 - ANSWER_SECONDS
        return min(left, self._ends_at - self.now())

    def sleep(self, seconds: float) -> None:
        """Sleeps."""
        self._sleep(seconds)

    def pause(self, attempt: int) -> None:
        """Sleeps before the next attempt at what failed for a moment."""
        self.sleep(_backoff(attempt))


def is_transient(error: Exception) -> bool:
    """Tells whether the same call may succeed a moment later."""
    return error_code(error) in THROTTLED or is_ambiguous(error)


def is_ambiguous(error: Exception) -> bool:
    """Tells whether the call may have had its effect although it failed."""
    if isinstance(error, (NoConnectionError, ConnectionClosedError, HTTPClientError)):
        return True
    return isinstance(error, ClientError) and _status(error) >= SERVER_ERROR_STATUS


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def is_propagating(error: Exception) -> bool:
    """Tells whether the error is one that a role made a moment ago can cause."""
    code = error_code(error)
    return code.startswith("AccessDenied") or (
        code == "InvalidInputException" and ROLE_WORDS.search(error_text(error)) is not None
    )


def is_busy(error: Exception) -> bool:
    """Tells whether the error passes when a job ends or a resource is made."""
    return error_code(error) in BUSY


class PropagationRetry:
    """Also retries, for a while, what a role that is not yet visible everywhere causes."""

    def __init__(self) -> None:
        """Starts counting; one object serves one call."""
        self._propagating = 0

    def __call__(self, error: Exception) -> bool:
        """Tells whether the error is worth another attempt."""
        if is_propagating(error):
            self._propagating += 1
            return self._propagating < PROPAGATION.attempts
        return is_transient(error)


class BusyRetry(PropagationRetry):
    """Also waits, longer, for one of the account's running jobs to end."""

    def __init__(self, attempts: float = BUSYNESS.attempts) -> None:
        """Starts counting; one object serves one call.

        Args:
            attempts: How many attempts running jobs are worth.
        """
        super().__init__()
        self._attempts = attempts
        self._busy = 0

    def __call__(self, error: Exception) -> bool:
        """Tells whether the error is worth another attempt."""
        if is_busy(error):
            self._busy += 1
            return self._busy < self._attempts
        return super().__call__(error)


def call(
    operation: Callable[[], T],
    *,
    deadline: Deadline,
    longest_call: float,
    retry: Callable[[Exception], bool] = is_transient,
) -> T:
    """Calls until it succeeds, fails for good, or another call would not end in time.

    Args:
        operation: The call; it must be safe to repeat.
        deadline: The time that is left.
        longest_call: How many seconds one call can take before the client gives up.
        retry: Tells whether an error is worth another attempt.

    Raises:
        OutOfTime: If no attempt succeeded and the time does not allow another one.
    """
    attempt = 0
    last: Exception | None = None
    pause = 0.0
    while deadline.seconds() - pause >= longest_call:
        if last:
            deadline.sleep(pause)
        try:
            return operation()
        except Exception as error:
            if not retry(error):
                raise
            logger.warning("attempt %d failed: %s", attempt + 1, error_text(error))
            last = error
        pause = _pause_seconds(last, attempt)
        attempt += 1
    if last is None:
        raise OutOfTime("the time of the Lambda function was used up. Deploy again.")
    raise OutOfTime(f"gave up after {attempt} attempts. {error_text(last)}") from last


def _pause_seconds(error: Exception, attempt: int) -> float:
    if is_busy(error):
        return _between(BUSYNESS.shortest_pause, BUSYNESS.longest_pause)
    if is_propagating(error):
        return _between(PROPAGATION.shortest_pause, PROPAGATION.longest_pause)
    return _backoff(attempt)


def _backoff(attempt: int) -> float:
    # Exponential with full jitter, so that many functions do not come back at the same moment.
    return _between(0, min(LONGEST_PAUSE_SECONDS, 0.5 * 2.0 ** min(attempt, 9)))


def _between(shortest: float, longest: float) -> float:
    return random.uniform(shortest, longest)  # noqa: S311 - jitter, not a secret
