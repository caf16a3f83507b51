"""A fault of Personalize has the name that a state can catch."""

from __future__ import annotations

import pytest

from personalize_local.control import Control
from personalize_local.host.environment import ACCOUNT
from tests.support.flow.machines import (
    DESCRIBE,
    DESCRIBE_STATE,
    PERSONALIZE,
    Machines,
)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        # The service model lists none of the three.
        ("throttle", "Personalize.PersonalizeException"),
        ("server-error", "Personalize.PersonalizeException"),
        ("access-denied", "Personalize.PersonalizeException"),
        ("drop", "Personalize.SdkClientException"),
    ],
)
def test_a_fault_has_the_name_that_a_state_can_catch(
    machines: Machines, control: Control, kind: str, error: str
) -> None:
    control.add_fault(DESCRIBE, kind=kind, times=2)
    machine = machines.create({"Describe": DESCRIBE_STATE}, PERSONALIZE)
    ended = machines.finish(machines.start(machine))
    assert (ended["status"], ended["error"]) == ("FAILED", error)
    retry = {"ErrorEquals": [error], "IntervalSeconds": 1, "MaxAttempts": 2}
    assert machines.run({"Describe": {**DESCRIBE_STATE, "Retry": [retry]}}, PERSONALIZE) == "ACTIVE"


def test_a_modelled_error_has_its_own_name(machines: Machines) -> None:
    arn = f"arn:aws:personalize:us-east-1:{ACCOUNT}:batch-inference-job/no-such-job"
    job = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:personalize:describeBatchInferenceJob",
        "Arguments": {"BatchInferenceJobArn": arn},
        "Catch": [{"ErrorEquals": ["Personalize.ResourceNotFoundException"], "Next": "Version"}],
        "End": True,
    }
    assert machines.run({"Job": job, "Version": DESCRIBE_STATE}, PERSONALIZE) == "ACTIVE"
