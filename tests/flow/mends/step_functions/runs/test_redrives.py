"""A redrive takes up what failed."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from personalize_local.control import Control
from tests.support.flow.machines import (
    DESCRIBE,
    DESCRIBE_STATE,
    PERSONALIZE,
    START,
    Machines,
)


def test_a_redrive_takes_up_the_state_that_failed(machines: Machines, control: Control) -> None:
    control.add_fault(DESCRIBE, kind="throttle")
    end = {**DESCRIBE_STATE, "Output": "{% $kept & $states.result.SolutionVersion.Status %}"}
    states = {
        "First": {"Type": "Pass", "Assign": {"kept": "still "}, "Next": "Describe"},
        "Describe": end,
    }
    execution = machines.start(machines.create(states, PERSONALIZE))
    assert machines.finish(execution)["redriveStatus"] == "REDRIVABLE"
    machines.client.redrive_execution(executionArn=execution)
    ended = machines.finish(execution)
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", "still ACTIVE")
    assert (ended["redriveCount"], ended["redriveStatus"]) == (1, "NOT_REDRIVABLE")
    history = machines.client.get_execution_history(executionArn=execution)["events"]
    entered = [one["type"] for one in history if one["type"].endswith("StateEntered")]
    assert entered == ["PassStateEntered", "TaskStateEntered", "TaskStateEntered"]
    with pytest.raises(ClientError, match="ExecutionNotRedrivable"):
        machines.client.redrive_execution(executionArn=execution)


@pytest.mark.parametrize("mode", ["INLINE", "DISTRIBUTED"])
def test_a_redrive_repeats_only_the_items_that_failed(
    machines: Machines, control: Control, mode: str
) -> None:
    config = {"Mode": mode}
    if mode == "DISTRIBUTED":
        config["ExecutionType"] = "STANDARD"
    processor = {
        "ProcessorConfig": config,
        "StartAt": "Describe",
        "States": {"Describe": DESCRIBE_STATE},
    }
    states = {
        "Map": {
            "Type": "Map",
            "Items": [1, 2, 3],
            "MaxConcurrency": 1,
            "ItemProcessor": processor,
            "End": True,
        }
    }
    control.add_fault(DESCRIBE, kind="throttle")
    before = control.calls().get(DESCRIBE, 0)
    execution = machines.start(machines.create(states, PERSONALIZE, START))
    assert machines.finish(execution)["status"] == "FAILED"
    assert control.calls()[DESCRIBE] == before + 3
    machines.client.redrive_execution(executionArn=execution)
    ended = machines.finish(execution)
    assert json.loads(ended["output"]) == ["ACTIVE"] * 3
    assert control.calls()[DESCRIBE] == before + 4
