"""A name starts one execution."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.support.flow.machines import (
    Machines,
)


def test_a_name_starts_one_execution(machines: Machines) -> None:
    machine = machines.create({"Wait": {"Type": "Wait", "Seconds": 1, "End": True}})
    first = machines.start(machine, {"a": 1}, name="same")
    assert machines.start(machine, {"a": 1}, name="same") == first
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        machines.start(machine, {"a": 2}, name="same")
    machines.finish(first)
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        machines.start(machine, {"a": 1}, name="same")
    assert len(machines.of(machine)) == 1
