"""A Wait ends with the job that its execution waits for, and other waits do not."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from personalize_local.control import Control
from personalize_local.testing import running
from tests.support.flow.machines import VERSION, Machines, allow
from tests.support.flow.running_aws import RunningAws
from tests.support.waiting import wait_for

LONG_SECONDS = 900
SDK = "arn:aws:states:::aws-sdk:personalize"
ANYTHING = allow("*")


def job_states(machines: Machines, bucket: str) -> dict[str, Any]:
    """Create a job, and look at it between waits of a quarter of an hour."""
    aws = machines.aws
    aws.client("s3").put_object(Bucket=bucket, Key="in/users.json", Body=b'{"userId": "1"}\n')
    aws.client("s3").put_bucket_policy(
        Bucket=bucket,
        Policy=aws.policy(
            {
                "Effect": "Allow",
                "Principal": {"Service": "personalize.amazonaws.com"},
                "Action": ["s3:GetObject", "s3:ListBucket", "s3:PutObject"],
                "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
            }
        ),
    )
    role = aws.create_role("personalize", {"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    arguments = {
        "JobName": f"waits-{uuid.uuid4().hex[:8]}",
        "SolutionVersionArn": VERSION,
        "RoleArn": role,
        "JobInput": {"S3DataSource": {"Path": f"s3://{bucket}/in/users.json"}},
        "JobOutput": {"S3DataDestination": {"Path": f"s3://{bucket}/out/"}},
    }
    return {
        "Create": {
            "Type": "Task",
            "Resource": f"{SDK}:createBatchInferenceJob",
            "Arguments": arguments,
            "Assign": {"arn": "{% $states.result.BatchInferenceJobArn %}"},
            "Next": "Wait",
        },
        "Wait": {"Type": "Wait", "Seconds": LONG_SECONDS, "Next": "Describe"},
        "Describe": {
            "Type": "Task",
            "Resource": f"{SDK}:describeBatchInferenceJob",
            "Arguments": {"BatchInferenceJobArn": "{% $arn %}"},
            "Output": "{% $states.result.BatchInferenceJob.Status %}",
            "Next": "HasEnded",
        },
        "HasEnded": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input = 'ACTIVE' %}", "Next": "Done"}],
            "Default": "Wait",
        },
        "Done": {"Type": "Succeed"},
    }


def test_a_wait_ends_with_the_job(machines: Machines, bucket: str) -> None:
    # It does not end before its time-out without the mend.
    assert machines.run(job_states(machines, bucket), ANYTHING, TimeoutSeconds=60) == "ACTIVE"


def test_a_wait_for_a_job_that_has_ended_before_is_as_written(
    machines: Machines, bucket: str
) -> None:
    states = job_states(machines, bucket)
    states["Done"] = {"Type": "Wait", "Seconds": LONG_SECONDS, "End": True}
    execution = machines.start(machines.create(states, ANYTHING))
    wait_until_inside(machines, execution, "Done")
    assert status_after_a_look(machines, execution) == "RUNNING"
    machines.client.stop_execution(executionArn=execution)


def test_other_waits_are_as_written(machines: Machines) -> None:
    states = {"Wait": {"Type": "Wait", "Seconds": LONG_SECONDS, "End": True}}
    execution = machines.start(machines.create(states))
    wait_until_inside(machines, execution, "Wait")
    assert status_after_a_look(machines, execution) == "RUNNING"
    machines.client.stop_execution(executionArn=execution)


def test_a_job_that_never_ends_is_waited_for(
    machines: Machines, bucket: str, control: Control
) -> None:
    control.add_fault("CreateBatchInferenceJob", kind="job-never-ends")
    execution = machines.start(machines.create(job_states(machines, bucket), ANYTHING))
    wait_until_inside(machines, execution, "Wait")
    assert status_after_a_look(machines, execution) == "RUNNING"
    machines.client.stop_execution(executionArn=execution)


def wait_until_inside(machines: Machines, execution: str, name: str) -> None:
    def look() -> str:
        answer = machines.client.get_execution_history(
            executionArn=execution, reverseOrder=True, maxResults=1
        )
        return str(answer["events"][0])

    assert name in wait_for(look, lambda seen: name in seen or "ExecutionFailed" in seen)


def status_after_a_look(machines: Machines, execution: str) -> str:
    """The state of an execution after some of the looks that a short wait would have taken."""
    time.sleep(1)
    return str(machines.client.describe_execution(executionArn=execution)["status"])


@pytest.fixture
def real_time_aws(tmp_path: Path) -> Iterator[RunningAws]:
    started = running(
        tmp_path, region="us-east-1", job_seconds=0.2, bootstrapped=False, real_time=True
    )
    with started as own, closing(RunningAws(own.local_aws)) as aws:
        yield aws


def test_real_time_leaves_all_waits(real_time_aws: RunningAws) -> None:
    machines = Machines(real_time_aws)
    name = f"flow-{uuid.uuid4().hex[:8]}"
    real_time_aws.client("s3").create_bucket(Bucket=name)
    execution = machines.start(machines.create(job_states(machines, name), ANYTHING))
    wait_until_inside(machines, execution, "Wait")
    real_time_aws.finished_jobs()
    assert status_after_a_look(machines, execution) == "RUNNING"
