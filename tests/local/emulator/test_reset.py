"""The reset that lets tests share an instance."""

# boto3 makes its clients at run time.

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.flow.functions import package
from tests.support.flow.running_aws import RunningAws


def make_function(aws: Any, role: str, answer: str) -> None:
    code = f"def handler(event, context):\n    return {answer!r}\n"
    aws.client("lambda").create_function(
        FunctionName="same",
        Runtime="python3.13",
        Handler="index.handler",
        Role=role,
        Code={"ZipFile": package({"index.py": code})},
    )


def invoke(aws: Any) -> Any:
    answer = aws.client("lambda").invoke(FunctionName="same")
    return json.loads(answer["Payload"].read())


def test_a_reset_leads_back_to_the_checkpoint(own_aws: RunningAws) -> None:
    s3, states = own_aws.client("s3"), own_aws.client("stepfunctions")
    s3.create_bucket(Bucket="kept")
    role = own_aws.create_role("lambda")
    own_aws.control.checkpoint()
    s3.create_bucket(Bucket="dropped")
    make_function(own_aws, role, "before")
    assert invoke(own_aws) == "before"
    own_aws.control.add_fault("ListSolutions", kind="throttle", times=None)
    wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 600, "End": True}}}
    machine = states.create_state_machine(
        name="m", definition=json.dumps(wait), roleArn=own_aws.create_role("states")
    )
    execution = states.start_execution(stateMachineArn=machine["stateMachineArn"])

    own_aws.control.reset()

    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["kept"]
    roles = own_aws.client("iam").list_roles()["Roles"]
    assert [one["Arn"] for one in roles] == [role]
    assert own_aws.client("personalize").list_solutions()["solutions"]
    with pytest.raises(ClientError, match="ExecutionDoesNotExist"):
        states.describe_execution(executionArn=execution["executionArn"])
    make_function(own_aws, role, "after")
    assert invoke(own_aws) == "after"


def test_without_a_checkpoint_a_reset_leads_back_to_nothing(own_aws: RunningAws) -> None:
    own_aws.client("s3").create_bucket(Bucket="dropped")
    own_aws.control.reset()
    assert own_aws.client("s3").list_buckets()["Buckets"] == []
