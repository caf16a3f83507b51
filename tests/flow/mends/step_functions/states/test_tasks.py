"""Timeouts and heartbeats of Tasks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from personalize_local.control import Control
from tests.support.flow.machines import DESCRIBE, DESCRIBE_STATE, PASS, PERSONALIZE, START, Machines


@pytest.mark.parametrize("seconds", [1, "{% $states.input.seconds %}"])
def test_a_time_out_can_be_an_expression(
    machines: Machines, control: Control, seconds: object
) -> None:
    # Step Functions Developer Guide, Task workflow state: TimeoutSeconds
    control.add_fault(DESCRIBE, kind="slow", seconds=3)
    state = {**DESCRIBE_STATE, "TimeoutSeconds": seconds}
    ended = machines.finish(
        machines.start(machines.create({"Describe": state}, PERSONALIZE), {"seconds": 1})
    )
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Timeout")


@pytest.mark.parametrize("seconds", ["{% 0 %}", "{% 1.5 %}", "{% 'a' %}"])
def test_a_time_out_is_a_positive_integer(machines: Machines, seconds: str) -> None:
    state = {**DESCRIBE_STATE, "TimeoutSeconds": seconds}
    ended = machines.finish(machines.start(machines.create({"Describe": state}, PERSONALIZE)))
    assert ended["error"] == "States.QueryEvaluationError"
    assert "TimeoutSeconds" in ended["cause"]


def waiting_states(inner: str, **fields: Any) -> dict[str, Any]:
    return {
        "Wait": {
            "Type": "Task",
            "Resource": "arn:aws:states:::states:startExecution.waitForTaskToken",
            "Arguments": {
                "StateMachineArn": inner,
                "Input": {"token": "{% $states.context.Task.Token %}"},
            },
            "Catch": [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Silent"}],
            "End": True,
            **fields,
        },
        "Silent": {**PASS, "Output": "silent"},
    }


def test_a_token_that_is_silent_times_out(machines: Machines) -> None:
    # Step Functions Developer Guide, Handling errors: States.HeartbeatTimeout
    inner = machines.create({"Silent": PASS})
    states = waiting_states(inner, HeartbeatSeconds="{% 1 %}", TimeoutSeconds=300)
    execution = machines.start(machines.create(states, START))
    assert json.loads(machines.finish(execution)["output"]) == "silent"
    events = machines.client.get_execution_history(executionArn=execution)["events"]
    kinds = [event["type"] for event in events]
    # Recorded on AWS: LocalStack, v2/callback/test_callback
    assert kinds[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskTimedOut"]
    assert events[2]["taskScheduledEventDetails"]["heartbeatInSeconds"] == 1


def test_a_token_is_answered(machines: Machines) -> None:
    answer = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess",
        "Arguments": {"TaskToken": "{% $states.input.token %}", "Output": '{"n": 1}'},
        "End": True,
    }
    allowed = {"Effect": "Allow", "Action": "states:SendTaskSuccess", "Resource": "*"}
    inner = machines.create({"Answer": answer}, allowed)
    assert machines.run(waiting_states(inner, HeartbeatSeconds=60), START) == {"n": 1}
