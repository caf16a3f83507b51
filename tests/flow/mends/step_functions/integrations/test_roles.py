"""What an execution calls, it calls as its state machine's role."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.support.flow.functions import package
from tests.support.flow.machines import DESCRIBE_STATE, Machines, allow
from tests.support.flow.running_aws import RunningAws


def test_a_state_machine_needs_the_permission(machines: Machines) -> None:
    other = allow("personalize:CreateBatchInferenceJob")
    ended = machines.finish(machines.start(machines.create({"Version": DESCRIBE_STATE}, other)))
    assert (ended["status"], ended["error"]) == ("FAILED", "Personalize.PersonalizeException")
    assert "not authorized to perform: personalize:DescribeSolutionVersion" in ended["cause"]


@pytest.mark.parametrize("allowed", [True, False])
def test_a_state_machine_reads_s3_as_its_role(
    local_aws: RunningAws, machines: Machines, bucket: str, allowed: bool
) -> None:
    local_aws.client("s3").put_object(Bucket=bucket, Key="in/users.json", Body=b"{}")
    listing = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:listObjectsV2",
        "Arguments": {"Bucket": bucket, "Prefix": "in/"},
        "Output": "{% $states.result.Contents.Key %}",
        "End": True,
    }
    condition = {"StringLike": {"s3:prefix": "in/*" if allowed else "out/*"}}
    statement: Any = {**allow("s3:ListBucket", f"arn:aws:s3:::{bucket}"), "Condition": condition}
    ended = machines.finish(machines.start(machines.create({"List": listing}, statement)))
    assert (ended["status"] == "SUCCEEDED") is allowed
    assert "in/users.json" in ended["output"] if allowed else "s3:ListBucket" in ended["cause"]


@pytest.mark.parametrize("allowed", [True, False])
def test_a_state_machine_invokes_a_function_as_its_role(
    local_aws: RunningAws, machines: Machines, allowed: bool
) -> None:
    code = "def handler(event, context):\n    return event['n'] + 1\n"
    function = local_aws.client("lambda").create_function(
        FunctionName=f"flow-{uuid.uuid4().hex[:8]}",
        Runtime="python3.13",
        Architectures=["arm64"],
        Handler="index.handler",
        Role=local_aws.create_role("lambda"),
        Code={"ZipFile": package({"index.py": code})},
    )
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": function["FunctionArn"], "Payload": {"n": 1}},
        "Output": "{% $states.result.Payload %}",
        "End": True,
    }
    statements = [allow("lambda:InvokeFunction")] if allowed else []
    ended = machines.finish(machines.start(machines.create({"Call": call}, *statements)))
    if allowed:
        assert ended["output"] == "2"
    else:
        assert ended["error"] == "Lambda.AWSLambdaException"
        assert "not authorized to perform: lambda:InvokeFunction" in ended["cause"]
