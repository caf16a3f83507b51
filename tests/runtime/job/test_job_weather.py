"""What a job's creation survives: throttling, errors, lost answers, new roles, full quotas."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ParamValidationError

from tests.support.runtime.aws import FakeAws
from tests.support.runtime.calls import Killed
from tests.support.runtime.requests import make_properties, make_wait

CREATE = "CreateBatchInferenceJob"
DESCRIBE = "DescribeBatchInferenceJob"
PASSING = ["throttle", "error-before", "error-after", "dropped-before", "dropped-after"]


@pytest.mark.parametrize("operation", [CREATE, DESCRIBE, "ListSolutionVersions", "CopyObject"])
@pytest.mark.parametrize("kind", [*PASSING, "denied"])
def test_a_call_that_fails_for_a_moment_is_made_again(
    aws: FakeAws, every_step: Any, operation: str, kind: str
) -> None:
    aws.fail(operation, kind, times=3)
    answer = aws.create(every_step)
    assert answer["Status"] == "SUCCESS"
    assert len(aws.jobs) == 1
    # The lost answer of a creation is found out by looking, not by creating again.
    assert aws.faults == [] or (operation, kind[-5:]) == (CREATE, "after")


@pytest.mark.parametrize("kind", ["error-after", "dropped-after"])
def test_a_job_whose_creation_was_not_answered_is_adopted(aws: FakeAws, kind: str) -> None:
    aws.fail(CREATE, kind)
    answer = aws.create(make_properties())
    assert answer["Status"] == "SUCCESS"
    assert aws.operations() == [DESCRIBE, CREATE, DESCRIBE]


@pytest.mark.parametrize("seconds", [75, 105, 110, 120, 150])
def test_a_lost_answer_is_looked_after_however_little_time_is_left(
    aws: FakeAws, seconds: int
) -> None:
    aws.call_seconds = 24
    aws.fail(CREATE, "dropped-after", times=9)
    answer = aws.create(make_properties(), seconds=seconds)
    created = CREATE in aws.operations()
    assert (answer["Status"] == "SUCCESS") is created
    assert created is (seconds >= 150)
    assert aws.seconds_used() < seconds - 20


def test_fails_as_uncertain_where_a_lost_answer_cannot_be_looked_after(aws: FakeAws) -> None:
    aws.call_seconds = 20
    aws.fail(CREATE, "dropped-after")
    aws.fail(DESCRIBE, "dropped-before", times=99)
    aws.faults.insert(0, (DESCRIBE, "none"))
    aws.take_fault = _first_call_passes(aws)
    answer = aws.create(make_properties(), seconds=150)
    assert answer["Status"] == "FAILED"
    assert " may exist: " in answer["Reason"]
    assert "Look for the job before you deploy again." in answer["Reason"]
    assert len(aws.jobs) == 1


def _first_call_passes(aws: FakeAws) -> Any:
    take = type(aws).take_fault

    def taken(operation: str) -> str | None:
        fault: str | None = take(aws, operation)
        return None if fault == "none" else fault

    return taken


def test_a_role_that_is_not_seen_yet_is_waited_for(aws: FakeAws) -> None:
    aws.fail(CREATE, "role-unseen", times=8)
    assert aws.create(make_properties())["Status"] == "SUCCESS"
    assert 30 <= sum(aws.slept) <= 60


@pytest.mark.parametrize(
    ("kind", "remedy"),
    [("role-unseen", "Correct the named value"), ("denied", "to the role of the Lambda function")],
)
def test_fails_after_a_minute_of_refusals(aws: FakeAws, kind: str, remedy: str) -> None:
    aws.fail(CREATE, kind, times=99)
    answer = aws.create(make_properties())
    assert answer["Status"] == "FAILED"
    assert remedy in answer["Reason"]
    assert 40 <= aws.seconds_used() <= 75


def test_throttling_does_not_use_up_the_patience_with_a_new_role(aws: FakeAws) -> None:
    for _ in range(9):
        aws.fail(CREATE, "role-unseen")
        aws.fail(CREATE, "throttle", times=2)
    assert aws.create(make_properties())["Status"] == "SUCCESS"


@pytest.mark.parametrize("kind", ["limit", "in-use"])
def test_a_place_among_the_running_jobs_is_waited_for(aws: FakeAws, kind: str) -> None:
    aws.fail(CREATE, kind, times=5)
    assert aws.create(make_properties())["Status"] == "SUCCESS"
    assert all(20 <= pause <= 30 for pause in aws.slept)


@pytest.mark.parametrize(
    ("kind", "remedy"),
    [
        ("limit", "five batch jobs of a kind at a time"),
        ("in-use", "Wait until the named resource is ACTIVE"),
    ],
)
def test_fails_clearly_after_eight_minutes_without_a_place(
    aws: FakeAws, kind: str, remedy: str
) -> None:
    aws.fail(CREATE, kind, times=99)
    answer = aws.create(make_properties(), seconds=3000)
    assert answer["Status"] == "FAILED"
    assert remedy in answer["Reason"]
    assert 360 <= aws.seconds_used() <= 550


@pytest.mark.parametrize("kind", ["limit", "throttle", "dropped-before", "denied"])
@pytest.mark.parametrize("seconds", [30, 60, 110, 200, 600])
@pytest.mark.parametrize("call_seconds", [0.1, 24.9])
def test_the_answer_always_has_its_time(
    aws: FakeAws, kind: str, seconds: int, call_seconds: float
) -> None:
    aws.call_seconds = call_seconds
    aws.fail(CREATE, kind, times=9999)
    answer = aws.create(make_properties(), seconds=seconds)
    assert answer["Status"] == "FAILED"
    # The answer itself is the last call.
    assert seconds - (aws.seconds_used() - call_seconds) >= 25


def test_a_job_of_a_delivery_that_was_faster_is_adopted(aws: FakeAws) -> None:
    event = aws.event("Create", make_properties())
    create = aws.create_batch_inference_job

    def after_the_other(**request: Any) -> Any:
        aws.create_batch_inference_job = create
        create(**request)
        return create(**request)

    aws.create_batch_inference_job = after_the_other
    assert aws.deliver(event)["Status"] == "SUCCESS"
    assert aws.operations() == [DESCRIBE, CREATE, CREATE, DESCRIBE]


@pytest.mark.parametrize("before", [True, False])
def test_a_function_that_is_killed_anywhere_makes_one_job(every_step: Any, before: bool) -> None:
    calls = 0
    while True:
        aws = FakeAws()
        put_everything_in_place(aws)
        event = aws.event("Create", every_step)
        aws.kill_at = (calls, before)
        try:
            aws.deliver(event)
        except Killed:
            calls += 1
        else:
            break
        assert aws.deliver(event)["Status"] == "SUCCESS"
        assert len(aws.jobs) == len(aws.executions) == 1
    # Describe, versions, version, read, copy, two looks at the stack, create, wait and answer.
    assert calls == 10


def test_a_parameter_that_the_sdk_does_not_know_says_so(aws: FakeAws) -> None:
    def create(**_: Any) -> None:
        raise ParamValidationError(report='Unknown parameter in input: "shiny", must be one of: x')

    aws.create_batch_inference_job = create
    reason = aws.create(make_properties())["Reason"]
    assert "is too old for this request" in reason
    assert '"shiny"' in reason
    assert "Use a newer Lambda runtime" in reason


def test_a_value_that_the_sdk_refuses_says_so(aws: FakeAws) -> None:
    def create(**_: Any) -> None:
        raise ParamValidationError(report="Invalid type for parameter numResults, value: x")

    aws.create_batch_inference_job = create
    reason = aws.create(make_properties())["Reason"]
    assert "Invalid type for parameter numResults" in reason
    assert "too old" not in reason


def put_everything_in_place(aws: FakeAws) -> None:
    aws.memory.put("assets", "abc.json", b'{"userId": "1"}\n')


@pytest.fixture
def every_step(aws: FakeAws) -> Any:
    """The properties of a job that needs each kind of call."""
    put_everything_in_place(aws)
    copy = {
        "sourceBucket": "assets",
        "sourceKey": "abc.json",
        "bucket": "in",
        "contentHash": "0123456789abcdef",
        "fileName": "users.json",
    }
    solution = "arn:aws:personalize:us-east-1:123456789012:solution/shop"
    return make_properties(
        InputCopy=copy,
        SolutionArn=solution,
        Preflight="true",
        Waiter=make_wait(),
        JobTags={"team": "shop"},
    )
