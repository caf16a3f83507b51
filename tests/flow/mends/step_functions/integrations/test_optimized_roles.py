"""Optimized integrations work as the state machine's role."""

from __future__ import annotations

import uuid

import pytest

from tests.support.flow.machines import (
    PASS,
    Machines,
    allow,
)
from tests.support.flow.running_aws import RunningAws


@pytest.mark.parametrize("sync", ["", ".sync:2"])
def test_an_execution_starts_another_one_as_its_role(machines: Machines, sync: str) -> None:
    inner = machines.create({"Done": {"Type": "Succeed", "Output": {"got": "{% $states.input %}"}}})
    outer = {
        "Start": {
            "Type": "Task",
            "Resource": f"arn:aws:states:::states:startExecution{sync}",
            "Arguments": {"StateMachineArn": inner, "Input": {"a": 1}},
            "Next": "End",
        },
        "End": PASS,
    }
    answer = machines.run(outer, allow("states:StartExecution", inner))
    assert machines.finish(answer["ExecutionArn"])["status"] == "SUCCEEDED"
    if sync:
        assert answer["Output"] == {"got": {"a": 1}}
    refused = machines.finish(machines.start(machines.create(outer)))
    assert f"states:StartExecution on resource: {inner}" in refused["cause"]
    assert len(machines.of(inner)) == 1


@pytest.mark.parametrize("allowed", [True, False])
def test_a_topic_is_told_as_the_role(
    local_aws: RunningAws, machines: Machines, allowed: bool
) -> None:
    topic = local_aws.client("sns").create_topic(Name=f"flow-{uuid.uuid4().hex[:8]}")["TopicArn"]
    publish = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sns:publish",
        "Arguments": {"TopicArn": topic, "Message": "failed"},
        "End": True,
    }
    statements = [allow("sns:Publish", topic)] if allowed else []
    ended = machines.finish(machines.start(machines.create({"Tell": publish}, *statements)))
    assert (ended["status"] == "SUCCEEDED") is allowed
    assert allowed or f"sns:Publish on resource: {topic}" in ended["cause"]
