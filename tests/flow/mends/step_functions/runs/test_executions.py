"""Executions end when they time out or are stopped, and go on after a Succeed state's Output."""

from __future__ import annotations

import time

import pytest

from personalize_local.control import Control
from tests.support.flow.machines import (
    DESCRIBE,
    DESCRIBE_STATE,
    PERSONALIZE,
    Machines,
)


def test_a_loop_of_wait_and_choice_ends_in_its_output(machines: Machines) -> None:
    describe = {
        **{key: value for key, value in DESCRIBE_STATE.items() if key != "End"},
        "Assign": {"looks": "{% $looks + 1 %}"},
        "Next": "Choice",
    }
    again = [{"Condition": "{% $looks > 1 %}", "Next": "Done"}]
    states = {
        "First": {"Type": "Pass", "Assign": {"looks": 0}, "Next": "Wait"},
        "Wait": {"Type": "Wait", "Seconds": "{% $looks %}", "Next": "Describe"},
        "Describe": describe,
        "Choice": {"Type": "Choice", "Choices": again, "Default": "Wait"},
        "Done": {"Type": "Succeed", "Output": {"status": "{% $states.input %}"}},
    }
    assert machines.run(states, PERSONALIZE) == {"status": "ACTIVE"}


def test_waits_can_be_made_shorter(machines: Machines, control: Control) -> None:
    control.scale_waits(0.001)
    try:
        # Longer than any test waits.
        assert machines.run({"Wait": {"Type": "Wait", "Seconds": 10_000, "End": True}}) is None
    finally:
        control.scale_waits(1)


@pytest.mark.parametrize("stop", [False, True], ids=["times out", "is stopped"])
def test_an_execution_that_has_ended_goes_no_further(
    machines: Machines, control: Control, stop: bool
) -> None:
    wait = {"Type": "Wait", "Seconds": 4, "Next": "Describe"}
    items = {"StartAt": "Wait", "States": {"Wait": wait, "Describe": DESCRIBE_STATE}}
    states = {"Map": {"Type": "Map", "Items": [1, 2], "ItemProcessor": items, "End": True}}
    before = control.calls().get(DESCRIBE, 0)
    machine = machines.create(states, PERSONALIZE, TimeoutSeconds=1)
    begin = time.monotonic()
    execution = machines.start(machine)
    if stop:
        machines.client.stop_execution(executionArn=execution)
    ended = machines.finish(execution)
    assert ended["status"] == ("ABORTED" if stop else "TIMED_OUT")
    # The waits would be over by then.
    time.sleep(max(0.0, begin + 4.4 - time.monotonic()))
    assert control.calls().get(DESCRIBE, 0) == before


def test_a_task_times_out(machines: Machines, control: Control) -> None:
    control.add_fault(DESCRIBE, kind="slow", seconds=2)
    machine = machines.create({"Describe": {**DESCRIBE_STATE, "TimeoutSeconds": 1}}, PERSONALIZE)
    assert machines.finish(machines.start(machine))["error"] == "States.Timeout"


def test_a_retry_of_a_map_repeats_all_items(machines: Machines, control: Control) -> None:
    control.add_fault(DESCRIBE, kind="throttle")
    before = control.calls().get(DESCRIBE, 0)
    state = {
        "Type": "Map",
        "Items": [1, 2, 3],
        "ItemProcessor": {"StartAt": "Describe", "States": {"Describe": DESCRIBE_STATE}},
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}],
        "End": True,
    }
    assert machines.run({"Map": state}, PERSONALIZE) == ["ACTIVE"] * 3
    assert control.calls()[DESCRIBE] == before + 6
