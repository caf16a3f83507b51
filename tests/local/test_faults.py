from __future__ import annotations

import threading
from typing import Any

import pytest

from personalize_local.errors import ApiError, ConnectionDropped
from personalize_local.faults import Fault, FaultError, Faults
from tests.support.local.service import Local

CREATE = "CreateBatchInferenceJob"
DESCRIBE = "DescribeBatchInferenceJob"
ARN = "arn:aws:personalize:us-east-1:123456789012:batch-inference-job/job"


def create(local: Local) -> str:
    try:
        return str(local.create())
    except ApiError as error:
        return f"{error.status} {error.code}"
    except ConnectionDropped:
        return "dropped"


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ({"kind": "throttle"}, "400 ThrottlingException"),
        ({"kind": "server-error"}, "503 InternalFailure"),
        ({"kind": "server-error", "status": 500}, "500 InternalFailure"),
        ({"kind": "access-denied"}, "400 AccessDeniedException"),
        ({"kind": "role-not-ready"}, "400 InvalidInputException"),
        ({"kind": "no-room"}, "400 LimitExceededException"),
        ({"kind": "drop"}, "dropped"),
    ],
)
def test_a_fault_comes_instead_of_the_operation_as_often_as_asked(
    local: Local, fault: dict[str, Any], outcome: str
) -> None:
    local.service.faults.add(CREATE, **fault, times=2)
    assert [create(local), create(local)] == [outcome, outcome]
    assert local.service.jobs == []
    assert create(local) == ARN
    assert local.service.calls[CREATE] == 3


def test_a_role_that_is_not_ready_is_named(local: Local) -> None:
    local.service.faults.add(CREATE, kind="role-not-ready")
    with pytest.raises(ApiError, match=r"role/personalize cannot be assumed by personalize\."):
        local.create()


def test_a_lost_answer_is_that_of_a_call_that_had_its_effect(local: Local) -> None:
    local.service.faults.add(CREATE, kind="lose-answer", times=2)
    assert [create(local) for _ in range(3)] == [
        "dropped",
        "dropped",
        "400 ResourceAlreadyExistsException",
    ]
    assert [job["jobName"] for job in local.service.jobs] == ["job"]


def test_a_slow_answer_waits_and_succeeds(local: Local) -> None:
    local.finish(local.create())
    before = len(local.time.naps)
    local.service.faults.add(DESCRIBE, kind="slow", seconds=7)
    assert local.call(DESCRIBE, batchInferenceJobArn=ARN)
    assert local.time.naps[before:] == [7]


def test_a_job_fails_with_the_reason_that_was_asked_for(local: Local) -> None:
    local.service.faults.add(CREATE, kind="job-fails", reason="Out of stars.")
    job = local.finish(local.create())
    assert (job["status"], job["failureReason"]) == ("CREATE FAILED", "Out of stars.")
    assert local.time.naps == [2.0, 6.0]


def test_a_job_lasts_as_long_as_was_asked_for(local: Local) -> None:
    local.s3.put("in", "users.json", b'{"userId":"1"}\n')
    local.service.faults.add(CREATE, kind="job-lasts", seconds=100)
    assert local.finish(local.create())["status"] == "ACTIVE"
    assert local.time.naps == [25.0, 75.0]


def test_a_job_that_never_ends_is_stopped_with_the_service(local: Local) -> None:
    local.service.faults.add(CREATE, kind="job-never-ends")
    arn = local.create()
    thread = next(one for one in threading.enumerate() if one.name == arn)
    # Time for a mistake to show; however long it takes, the job goes on.
    thread.join(0.2)
    assert thread.is_alive()
    assert local.call(DESCRIBE, batchInferenceJobArn=arn)["batchInferenceJob"]["status"] in {
        "CREATE PENDING",
        "CREATE IN_PROGRESS",
    }
    local.service.close()
    assert local.finish(arn)["status"] == "CREATE FAILED"


def test_a_job_fault_waits_for_a_job_while_other_faults_strike(local: Local) -> None:
    local.service.faults.add(CREATE, kind="job-fails", reason="later")
    local.service.faults.add(CREATE, kind="throttle")
    assert create(local) == "400 ThrottlingException"
    assert local.finish(create(local))["failureReason"] == "later"


def test_faults_strike_only_their_operation_oldest_first(local: Local) -> None:
    faults = local.service.faults
    faults.add(DESCRIBE, kind="throttle", times=None)
    faults.add(CREATE, kind="server-error")
    faults.add(CREATE, kind="throttle")
    assert [create(local) for _ in range(3)] == [
        "503 InternalFailure",
        "400 ThrottlingException",
        ARN,
    ]
    for _ in range(3):
        with pytest.raises(ApiError, match="ThrottlingException"):
            local.call(DESCRIBE, batchInferenceJobArn=ARN)
    assert faults.all() == [{"operation": DESCRIBE, "kind": "throttle", "times": None}]
    faults.clear()
    assert local.call(DESCRIBE, batchInferenceJobArn=ARN)


def test_a_fault_is_listed_as_it_is_added(local: Local) -> None:
    faults = local.service.faults
    faults.add(CREATE, kind="job-fails", reason="r", times=3)
    faults.add(DESCRIBE, kind="slow", seconds=2.5)
    listed = faults.all()
    faults.clear()
    for one in listed:
        given: Any = one
        faults.add(given.pop("operation"), **given)
    assert faults.take_for_job(CREATE, {}) == Fault(CREATE, "job-fails", 3, reason="r")
    assert faults.take_for_answer(DESCRIBE, {}) == Fault(DESCRIBE, "slow", 1, seconds=2.5)


@pytest.mark.parametrize(
    ("operation", "given", "text"),
    [
        (CREATE, {"kind": "explode"}, "no fault 'explode'; there are throttle, "),
        ("DeleteJob", {"kind": "throttle"}, "no operation 'DeleteJob'; there are Create"),
        (DESCRIBE, {"kind": "job-fails"}, f"job-fails strikes {CREATE}, CreateBatchSegmentJob"),
        (DESCRIBE, {"kind": "role-not-ready"}, "role-not-ready strikes"),
        (DESCRIBE, {"kind": "no-room"}, "no-room strikes"),
        (CREATE, {"kind": "throttle", "times": 0}, "times must be 1 or more.*, got 0"),
        (CREATE, {"kind": "throttle", "times": True}, "times must be .* got True"),
        (CREATE, {"kind": "throttle", "seconds": 1}, "throttle has no seconds: it takes no"),
        (CREATE, {"kind": "slow", "reason": "r"}, "slow has no reason: it takes seconds"),
        (CREATE, {"kind": "slow", "seconds": -1}, "seconds must be from 0 to 3600, got -1"),
        (CREATE, {"kind": "slow", "seconds": "1"}, "seconds must be from 0 to 3600, got '1'"),
        (CREATE, {"kind": "server-error", "status": 400}, "status must be from 500 to 599"),
        (CREATE, {"kind": "job-fails", "reason": ""}, "reason must be a text, got ''"),
    ],
)
def test_a_fault_that_does_not_exist_is_refused(
    operation: str, given: dict[str, Any], text: str
) -> None:
    faults = Faults({CREATE, DESCRIBE})
    with pytest.raises(FaultError, match=text):
        faults.add(operation, **given)
    assert faults.all() == []


def test_reset_forgets_everything_and_stops_jobs(local: Local) -> None:
    service = local.service
    service.faults.add(CREATE, kind="job-never-ends")
    arn = local.create(tags=[{"tagKey": "a", "tagValue": "b"}])
    thread = next(one for one in threading.enumerate() if one.name == arn)
    service.faults.add(DESCRIBE, kind="throttle", times=None)
    service.reset()
    assert not thread.is_alive()
    assert (service.jobs, service.calls, service.faults.all()) == ([], {}, [])
    assert local.create() == arn
    assert local.finish(arn)["status"] == "CREATE FAILED"
    assert "no object at s3://in/users.json" in local.finish(arn)["failureReason"]


def test_a_fault_strikes_only_the_job_that_it_names(local: Local) -> None:
    faults = local.service.faults
    faults.add(CREATE, kind="throttle", times=None, job="other")
    faults.add(DESCRIBE, kind="throttle", times=None, job="other")
    faults.add(CREATE, kind="job-fails", reason="mine", job="jo")
    faults.add(CREATE, kind="job-fails", reason="not mine", job="other")
    assert local.finish(create(local))["failureReason"] == "mine"
    assert [fault["job"] for fault in faults.all()] == ["other", "other", "other"]
    number: Any = 3
    with pytest.raises(FaultError, match="job must be a text"):
        faults.add(CREATE, kind="throttle", job=number)
