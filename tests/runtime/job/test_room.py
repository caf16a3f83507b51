"""A job that waits for room among the running ones, in as many invocations as that takes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.runtime.aws import FUNCTION, FakeAws
from tests.support.runtime.calls import Killed
from tests.support.runtime.requests import COPY, make_properties

CREATE = "CreateBatchInferenceJob"
# Each pause is of 20 to 30 seconds.
LONGER_THAN_ONE = 60


@pytest.fixture
def patient() -> Any:
    """The properties of a job in a stack with more jobs than may run."""
    return make_properties(WaitForRoom="3300", Preflight="true", InputCopy=COPY)


@pytest.fixture
def aws(aws: FakeAws) -> FakeAws:
    aws.memory.put("assets", "abc.json", b'{"userId": "1"}\n')
    return aws


def deliver(aws: FakeAws, properties: Any, **options: Any) -> Any:
    return aws.create(properties, seconds=900, **options)


@pytest.mark.aws("a sixth job")
def test_a_further_invocation_goes_on(aws: FakeAws, patient: Any) -> None:
    aws.fail(CREATE, "limit", times=LONGER_THAN_ONE)
    assert deliver(aws, patient)["Status"] == "SUCCESS"
    (body,) = aws.bodies.values()
    assert len(body) == 1
    assert len(aws.jobs) == 1
    assert 1 <= len(aws.requests("Invoke")) <= 2
    assert sum(aws.slept) > 900


def test_what_comes_before_the_creation_is_done_once(aws: FakeAws, patient: Any) -> None:
    aws.fail(CREATE, "limit", times=LONGER_THAN_ONE)
    deliver(aws, patient)
    assert aws.operations().count("CopyObject") == 1
    assert aws.operations().count("DescribeSolutionVersion") == 1


def test_gives_up_after_55_minutes_and_few_invocations(aws: FakeAws, patient: Any) -> None:
    aws.fail(CREATE, "limit", times=999)
    answer = deliver(aws, patient)
    assert answer["Status"] == "FAILED"
    assert "was not created: there was no room for it within 55 minutes" in answer["Reason"]
    assert "five batch jobs of a kind at a time" in answer["Reason"]
    assert 50 * 60 < sum(aws.slept) < 3300
    assert len(aws.requests("Invoke")) <= 4


@pytest.mark.parametrize("rounds", [9, 10])
def test_ends_long_before_lambda_stops_the_chain(aws: FakeAws, patient: Any, rounds: int) -> None:
    aws.fail(CREATE, "limit", times=9999)
    answer = deliver(aws, {**patient, "WaitForRoom": str(820 * rounds)})
    assert answer["Status"] == "FAILED"
    assert len(aws.requests("Invoke")) <= 9


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("denied", "AccessDeniedException from Invoke"),
        ("throttle", "ThrottlingException from Invoke"),
        ("dropped-before", "EndpointConnectionError"),
    ],
)
def test_an_invocation_that_cannot_start_is_answered(
    aws: FakeAws, patient: Any, kind: str, reason: str
) -> None:
    aws.fail(CREATE, "limit", times=LONGER_THAN_ONE)
    aws.fail("Invoke", kind, times=999)
    answer = deliver(aws, patient)
    assert answer["Status"] == "FAILED"
    assert reason in answer["Reason"]
    assert aws.jobs == {}
    assert aws.seconds_used() < 880


@pytest.mark.parametrize("kind", ["error-after", "dropped-after"])
def test_two_chains_make_one_job(aws: FakeAws, patient: Any, kind: str) -> None:
    aws.fail(CREATE, "limit", times=LONGER_THAN_ONE)
    aws.fail("Invoke", kind)
    assert deliver(aws, patient)["Status"] == "SUCCESS"
    assert len(aws.requests("Invoke")) >= 2
    assert len(aws.jobs) == 1
    (bodies,) = aws.bodies.values()
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]


def test_a_chain_whose_invocation_is_killed_goes_on(aws: FakeAws, patient: Any) -> None:
    aws.fail(CREATE, "limit", times=LONGER_THAN_ONE)
    event = aws.event("Create", patient)
    aws.invoke_once(event, seconds=900)
    (further,) = aws.take_handed_over()
    aws.kill_at = (3, True)
    with pytest.raises(Killed):
        aws.invoke_once(further, seconds=900)
    aws.kill_at = None
    assert aws.deliver(further, seconds=900)["Status"] == "SUCCESS"
    assert len(aws.jobs) == 1


@pytest.mark.aws("a job that nobody waits for")
@pytest.mark.parametrize("pauses", [1, 50])
@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_nothing_is_created_after_a_rollback_began(
    aws: FakeAws, patient: Any, request_type: str, pauses: int
) -> None:
    aws.fail(CREATE, "limit", times=LONGER_THAN_ONE)
    aws.pauses_left = pauses
    event = aws.event(request_type, patient, old={}, physical_id="job")
    answer = aws.deliver(event, seconds=900)
    assert answer["Status"] == "FAILED"
    assert "CloudFormation no longer waits for it: the stack is " in answer["Reason"]
    assert aws.jobs == {}


@pytest.mark.aws("a job that nobody waits for")
def test_nothing_is_created_when_an_event_comes_late(aws: FakeAws) -> None:
    aws.pauses_left = 0
    answer = aws.create(make_properties())
    assert "Nothing was created, and nothing is billed." in answer["Reason"]
    assert CREATE not in aws.operations()


def test_a_stack_that_is_gone_waits_for_nothing(aws: FakeAws) -> None:
    aws.fail("DescribeStacks", "gone")
    answer = aws.create(make_properties())
    assert "the stack is gone, the resource CREATE_IN_PROGRESS" in answer["Reason"]
    assert aws.jobs == {}


@pytest.mark.parametrize(
    ("status", "created"),
    [
        ("CREATE_IN_PROGRESS", True),
        ("UPDATE_COMPLETE", True),
        ("CREATE_FAILED", False),
        ("UPDATE_FAILED", False),
        ("DELETE_IN_PROGRESS", False),
        ("DELETE_COMPLETE", False),
    ],
)
def test_a_resource_that_was_given_up_has_no_job(aws: FakeAws, status: str, created: bool) -> None:
    aws.resource_status = status
    answer = aws.create(make_properties())
    assert (answer["Status"] == "SUCCESS") is created
    assert len(aws.jobs) == created


def test_a_resource_that_is_not_seen_yet_has_its_job(aws: FakeAws) -> None:
    aws.fail("DescribeStackResource", "gone")
    assert aws.create(make_properties())["Status"] == "SUCCESS"


def test_a_job_that_exists_is_adopted_during_a_rollback(aws: FakeAws) -> None:
    first = aws.create(make_properties())
    aws.pauses_left = 0
    back = aws.update(make_properties(), make_properties(RunKey="2"), first["PhysicalResourceId"])
    assert back["Status"] == "SUCCESS"
    assert back["PhysicalResourceId"] == first["PhysicalResourceId"]


def test_a_network_without_cloudformation_creates_jobs_as_before(aws: FakeAws) -> None:
    aws.fail("DescribeStacks", "dropped-before")
    assert aws.create(make_properties())["Status"] == "SUCCESS"
    assert aws.slept == []


def test_a_look_that_is_denied_is_told(aws: FakeAws) -> None:
    aws.fail("DescribeStackResource", "denied", times=99)
    answer = aws.create(make_properties())
    assert answer["Status"] == "FAILED"
    assert "AccessDeniedException from DescribeStackResource" in answer["Reason"]
    assert aws.jobs == {}


@pytest.mark.parametrize("chain", [{}, {"number": "x", "endsAt": 1}, {"number": 2}, 7])
def test_a_chain_of_another_form_is_refused(aws: FakeAws, patient: Any, chain: Any) -> None:
    event = {**aws.event("Create", patient), "Chain": chain}
    answer = aws.deliver(event)
    assert "property WaitForRoom is missing or malformed" in answer["Reason"]
    assert aws.jobs == {}


@pytest.mark.parametrize("value", ["", "soon"])
def test_a_time_of_another_form_is_refused(aws: FakeAws, patient: Any, value: str) -> None:
    answer = aws.create({**patient, "WaitForRoom": value})
    assert "property WaitForRoom is missing or malformed" in answer["Reason"]


def test_the_function_that_cloudformation_calls_is_called_again(aws: FakeAws, patient: Any) -> None:
    aws.fail(CREATE, "limit", times=LONGER_THAN_ONE)
    deliver(aws, patient)
    assert {one["FunctionName"] for one in aws.requests("Invoke")} == {FUNCTION}
