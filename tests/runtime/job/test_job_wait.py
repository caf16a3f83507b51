"""Waiting: each run has its waiter, and none passes unawaited."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.runtime.aws import FakeAws
from tests.support.runtime.requests import make_properties, make_wait

CREATE = "CreateBatchInferenceJob"
DESCRIBE = "DescribeBatchInferenceJob"
START = "StartExecution"
FIRST = "https://handles.example/first?Signature=secret"
SECOND = "https://handles.example/second?Signature=secret"


def test_the_waiter_is_told_all_it_needs(aws: FakeAws) -> None:
    answer = aws.create(make_properties(Waiter=make_wait(FIRST), JobKind="BatchSegmentJob"))
    [request] = aws.requests(START)
    assert request["stateMachineArn"].endswith(":stateMachine:waiter")
    assert json.loads(request["input"]) == {
        "jobArn": answer["Data"]["JobArn"],
        "jobName": answer["Data"]["JobName"],
        "jobKind": "BatchSegmentJob",
        "handleUrl": FIRST,
        "seconds": 3600,
        "intervalSeconds": 60,
    }


def test_the_longest_job_name_still_makes_a_name_of_an_execution(aws: FakeAws) -> None:
    answer = aws.create(make_properties(Waiter=make_wait(FIRST), JobNamePrefix="x" * 99))
    assert len(answer["Data"]["JobName"]) == 63
    assert len(aws.requests(START)[0]["name"]) == 80


@pytest.mark.parametrize("running", [True, False])
def test_the_same_event_again_leaves_the_waiter_alone(aws: FakeAws, running: bool) -> None:
    event = aws.event("Create", make_properties(Waiter=make_wait(FIRST)))
    aws.deliver(event)
    [name] = aws.executions
    aws.executions[name]["running"] = running
    assert aws.deliver(event)["Status"] == "SUCCESS"
    assert list(aws.executions) == [name]


@pytest.mark.parametrize("status", ["CREATE PENDING", "ACTIVE", "CREATE FAILED"])
def test_a_new_handle_of_an_existing_job_is_signalled_whatever_its_state(
    aws: FakeAws, status: str
) -> None:
    old = make_properties()
    arn = aws.create(old)["PhysicalResourceId"]
    aws.jobs[arn]["status"] = status
    assert aws.update(make_properties(Waiter=make_wait(FIRST)), old, arn)["Status"] == "SUCCESS"
    [execution] = aws.executions.values()
    assert json.loads(execution["input"])["handleUrl"] == FIRST


def test_an_update_that_leaves_job_and_handle_the_same_starts_nothing(aws: FakeAws) -> None:
    old = make_properties(Waiter=make_wait(FIRST))
    arn = aws.create(old)["PhysicalResourceId"]
    new = make_properties(Waiter=make_wait(FIRST, seconds=60), JobTags={"a": "1"})
    assert aws.update(new, old, arn)["Status"] == "SUCCESS"
    assert aws.operations().count(START) == 1


def test_fails_before_anything_is_made_where_a_new_job_would_pass_unawaited(aws: FakeAws) -> None:
    copy = {
        "sourceBucket": "assets",
        "sourceKey": "abc.json",
        "bucket": "in",
        "contentHash": "0123456789abcdef",
        "fileName": "users.json",
    }
    old = make_properties(Waiter=make_wait(FIRST))
    arn = aws.create(old)["PhysicalResourceId"]
    aws.calls.clear()
    answer = aws.update(make_properties(Waiter=make_wait(FIRST), InputCopy=copy), old, arn)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert f"the wait condition is still that of the job {arn}" in answer["Reason"]
    assert "Change run_key" in answer["Reason"]
    assert aws.calls == []
    # The rollback finds everything as it was.
    answer = aws.update(old, make_properties(Waiter=make_wait(FIRST), InputCopy=copy), arn)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", arn)
    assert aws.operations() == [DESCRIBE]


def test_a_rollback_to_a_handle_that_was_signalled_starts_no_second_waiter(aws: FakeAws) -> None:
    old, new = (
        make_properties(Waiter=make_wait(FIRST)),
        make_properties(Waiter=make_wait(SECOND), RunKey="2"),
    )
    first = aws.create(old)["PhysicalResourceId"]
    aws.jobs[first]["status"] = "ACTIVE"
    [name] = aws.executions
    aws.end_wait(name)
    second = aws.update(new, old, first)["PhysicalResourceId"]
    assert aws.update(old, new, second)["PhysicalResourceId"] == first
    assert len(aws.executions) == 2
    assert len(aws.bodies[FIRST]) == 1


@pytest.mark.parametrize("kind", ["throttle", "denied", "dropped-after", "error-after"])
def test_a_waiter_that_does_not_start_at_once_is_started_again(aws: FakeAws, kind: str) -> None:
    aws.fail(START, kind, times=2)
    assert aws.create(make_properties(Waiter=make_wait(FIRST)))["Status"] == "SUCCESS"
    assert len(aws.executions) == 1


def test_fails_with_the_jobs_name_and_without_the_handle_where_no_waiter_starts(
    aws: FakeAws,
) -> None:
    aws.fail(START, "denied", times=99)
    answer = aws.create(make_properties(Waiter=make_wait(FIRST)))
    [request] = aws.requests(CREATE)
    assert answer["Reason"].startswith(
        f"Batch inference job {request['jobName']} exists, and goes on, but its end cannot be "
        "waited for: AccessDeniedException from StartExecution"
    )
    assert "secret" not in answer["Reason"]


@pytest.mark.parametrize(
    "broken",
    [
        {"seconds": "soon"},
        {"seconds": None},
        {"intervalSeconds": []},
        {"stateMachineArn": ""},
        {"handleUrl": {}},
        {"handleUrl": ["https://handles.example/?Signature=secret"]},
    ],
)
def test_fails_where_the_property_is_malformed_and_shows_no_secret(
    aws: FakeAws, broken: Any
) -> None:
    answer = aws.create(make_properties(Waiter=make_wait(FIRST) | broken))
    assert answer["Status"] == "FAILED"
    assert next(iter(broken)) in answer["Reason"]
    assert "secret" not in answer["Reason"]
    assert aws.calls == []
