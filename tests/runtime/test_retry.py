"""Retries: which errors pass, and how long they are waited for."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ProxyConnectionError,
    ReadTimeoutError,
)

from personalize_batch_runtime import _retry
from personalize_batch_runtime._errors import OutOfTime

URL = "https://example.com"


def client_error(code: str, status: int = 400, message: str = "no") -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "CreateBatchInferenceJob")


@pytest.mark.parametrize(
    ("error", "transient", "ambiguous"),
    [
        (client_error("ThrottlingException"), True, False),
        (client_error("TooManyRequestsException", 429), True, False),
        (client_error("SlowDown", 503), True, True),
        (client_error("InternalFailure", 500), True, True),
        (client_error("ServiceUnavailable", 503), True, True),
        (EndpointConnectionError(endpoint_url=URL), True, True),
        (ConnectTimeoutError(endpoint_url=URL), True, True),
        (ReadTimeoutError(endpoint_url=URL), True, True),
        (ConnectionClosedError(endpoint_url=URL), True, True),
        (ProxyConnectionError(proxy_url=URL), True, True),
        (client_error("InvalidInputException"), False, False),
        (client_error("LimitExceededException"), False, False),
        (client_error("ResourceNotFoundException", 404), False, False),
        (ValueError("no"), False, False),
    ],
)
def test_what_passes_in_a_moment(error: Exception, transient: bool, ambiguous: bool) -> None:
    assert _retry.is_transient(error) is transient
    assert _retry.is_ambiguous(error) is ambiguous


@pytest.mark.parametrize(
    ("error", "propagating"),
    [
        (client_error("AccessDenied", 403), True),
        (client_error("AccessDeniedException"), True),
        (client_error("InvalidInputException", message="Unable to assume role arn:x"), True),
        (client_error("InvalidInputException", message="numResults must be positive"), False),
        (client_error("ValidationException", message="a role"), False),
    ],
)
def test_what_a_new_role_can_cause(error: Exception, propagating: bool) -> None:
    assert _retry.is_propagating(error) is propagating
    assert _retry.PropagationRetry()(error) is propagating


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds

    def deadline(self) -> _retry.Deadline:
        return _retry.Deadline(lambda: int(self.left * 1000), sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        self.left -= seconds


@pytest.mark.parametrize("left", range(50, 130, 7))
@pytest.mark.parametrize("code", ["LimitExceededException", "AccessDenied", "ThrottlingException"])
def test_no_pause_takes_the_time_of_the_answer(left: int, code: str) -> None:
    clock = Clock(left)

    def fail() -> None:
        raise client_error(code)

    with pytest.raises((OutOfTime, ClientError)):
        _retry.call(fail, deadline=clock.deadline(), longest_call=25, retry=_retry.BusyRetry())
    assert clock.left >= _retry.ANSWER_SECONDS + 25


def test_fails_without_a_call_where_no_time_is_left() -> None:
    calls: list[None] = []
    with pytest.raises(OutOfTime, match="was used up"):
        _retry.call(lambda: calls.append(None), deadline=Clock(49).deadline(), longest_call=25)
    assert calls == []


def test_a_failure_tells_how_often_it_was_tried_and_why_it_failed() -> None:
    def fail() -> None:
        raise client_error("ThrottlingException", message="Rate exceeded")

    with pytest.raises(OutOfTime, match=r"gave up after \d+ attempts\. ThrottlingException from"):
        _retry.call(fail, deadline=Clock(60).deadline(), longest_call=25)
