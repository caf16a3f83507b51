"""Retries that end before the Lambda function's own time does."""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import (
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

# IAM is eventually consistent: a role or policy made a moment ago may not be seen yet.
PROPAGATION_ATTEMPTS = 8
ROLE_WORDS = re.compile(r"role|assume|permission|access", re.IGNORECASE)

logger = logging.getLogger(__name__)


class Deadline:
    """The time that is left for work in this invocation."""

    def __init__(
        self,
        remaining_milliseconds: Callable[[], int],
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Wraps the clock of the Lambda context, ``context.get_remaining_time_in_millis``."""
        self._remaining_milliseconds = remaining_milliseconds
        self._sleep = sleep

    def seconds(self) -> float:
        """Returns the seconds left for work; the time to answer is not part of them."""
        return self._remaining_milliseconds() / 1000 - ANSWER_SECONDS

    def pause(self, attempt: int) -> None:
        """Sleeps before the next attempt: exponential with full jitter."""
        longest = min(LONGEST_PAUSE_SECONDS, 0.5 * 2**attempt)
        self._sleep(random.uniform(0, longest))  # noqa: S311 - jitter, not a secret


def is_transient(error: Exception) -> bool:
    """Tells whether the same call may succeed a moment later."""
    if isinstance(error, (NoConnectionError, ConnectionClosedError, HTTPClientError)):
        return True
    status = getattr(error, "response", {}).get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return error_code(error) in THROTTLED or int(status) >= SERVER_ERROR_STATUS


class PropagationRetry:
    """Also retries, for a while, what a role that is not yet visible everywhere causes."""

    def __init__(self) -> None:
        """Starts counting; one object serves one call."""
        self._attempts = 0

    def __call__(self, error: Exception) -> bool:
        """Tells whether the error is worth another attempt."""
        if is_transient(error):
            return True
        code = error_code(error)
        propagating = code.startswith("AccessDenied") or (
            code == "InvalidInputException" and ROLE_WORDS.search(error_text(error)) is not None
        )
        self._attempts += propagating
        return propagating and self._attempts < PROPAGATION_ATTEMPTS


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
    while deadline.seconds() >= longest_call:
        try:
            return operation()
        except Exception as error:
            if not retry(error):
                raise
            logger.warning("attempt %d failed: %s", attempt + 1, error_text(error))
            last = error
        deadline.pause(attempt)
        attempt += 1
    reason = error_text(last) if last else "The time of the Lambda function was used up."
    raise OutOfTime(f"gave up after {attempt} attempts. {reason}") from last
