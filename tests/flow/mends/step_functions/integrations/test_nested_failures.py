"""The failure of an inner execution is one of the outer."""

from __future__ import annotations

import json

from tests.support.flow.machines import (
    START,
    Machines,
)


def test_a_failure_of_an_inner_execution_is_one_of_the_outer(machines: Machines) -> None:
    inner = machines.create({"Fail": {"Type": "Fail", "Error": "Job", "Cause": "no users"}})
    start = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": inner},
        "End": True,
    }
    ended = machines.finish(machines.start(machines.create({"Start": start}, START)))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    cause = json.loads(ended["cause"])
    assert (cause["Status"], cause["Error"], cause["Cause"]) == ("FAILED", "Job", "no users")
