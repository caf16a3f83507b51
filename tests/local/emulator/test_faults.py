"""Faults from outside: what real clients see of them, and what has happened behind."""

# boto3 makes its clients at run time.

from __future__ import annotations

import sys
import threading
import uuid
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from personalize_local.catalog import solutions
from personalize_local.control import Control, ControlError
from personalize_local.host.environment import ACCOUNT
from tests.support.flow.running_aws import RunningAws
from tests.support.waiting import wait_for

VERSION = solutions.solution_versions(ACCOUNT, "us-east-1")[0].arn
DESCRIBE = "DescribeSolutionVersion"


@pytest.fixture
def personalize(local_aws: RunningAws) -> Any:
    return local_aws.client("personalize", config=Config(retries={"total_max_attempts": 1}))


def describe(personalize: Any) -> str:
    answer = personalize.describe_solution_version(solutionVersionArn=VERSION)
    return str(answer["solutionVersion"]["status"])


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ({"kind": "throttle"}, 400, "ThrottlingException"),
        ({"kind": "server-error", "status": 502}, 502, "InternalFailure"),
        ({"kind": "access-denied"}, 400, "AccessDeniedException"),
    ],
)
def test_clients_get_the_error(
    personalize: Any, control: Control, fault: dict[str, Any], status: int, code: str
) -> None:
    control.add_fault(DESCRIBE, **fault)
    with pytest.raises(ClientError) as caught:
        describe(personalize)
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert response["Error"]["Code"] == code
    assert describe(personalize) == "ACTIVE"


def test_a_connection_breaks_once_and_the_sdk_tries_again(
    local_aws: RunningAws, personalize: Any, control: Control
) -> None:
    control.add_fault(DESCRIBE, kind="drop", times=2)
    with pytest.raises(ConnectionClosedError):
        describe(personalize)
    before = control.calls()[DESCRIBE]
    assert describe(local_aws.client("personalize")) == "ACTIVE"
    assert control.calls()[DESCRIBE] == before + 2


def test_a_slow_answer_does_not_hold_others(
    local_aws: RunningAws, personalize: Any, control: Control
) -> None:
    control.add_fault("ListSolutions", kind="slow", seconds=5)
    other = local_aws.client("personalize")
    slow = threading.Thread(target=other.list_solutions)
    slow.start()
    wait_for(lambda: not control.faults())
    assert describe(personalize) == "ACTIVE"
    assert slow.is_alive()
    slow.join()


def test_a_client_in_another_process_finds_the_switchboard(local_aws: RunningAws) -> None:
    code = "from personalize_local.control import Control; print(Control().faults())"
    done = local_aws.run([sys.executable, "-c", code])
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def test_a_wrong_fault_is_refused(control: Control) -> None:
    with pytest.raises(ControlError, match="there is no operation 'Describe'; there are Create"):
        control.add_fault("Describe", kind="throttle")
    assert control.faults() == []


def test_the_answer_of_a_create_is_lost_and_the_job_is_there(
    local_aws: RunningAws, control: Control
) -> None:
    name = f"lost-{uuid.uuid4().hex[:8]}"
    role = local_aws.create_role("personalize")
    control.add_fault("CreateBatchInferenceJob", kind="lose-answer")
    control.add_fault("CreateBatchInferenceJob", kind="job-fails", reason="As asked.")
    version = next(
        one.arn
        for one in solutions.solution_versions(ACCOUNT, "us-east-1")
        if one.recipe.name == "aws-user-personalization-v2"
    )
    # The SDK calls again by itself, and then the name is taken.
    with pytest.raises(ClientError, match="ResourceAlreadyExistsException"):
        local_aws.client("personalize").create_batch_inference_job(
            jobName=name,
            solutionVersionArn=version,
            roleArn=role,
            jobInput={"s3DataSource": {"path": "s3://in/x.json"}},
            jobOutput={"s3DataDestination": {"path": "s3://out/"}},
        )

    def look() -> dict[str, Any]:
        (job,) = [one for one in control.jobs() if one["jobName"] == name]
        return job

    job = wait_for(look, lambda one: one["status"] == "CREATE FAILED")
    assert job["failureReason"] == "As asked."
