"""Schedules that start executions of a machine."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.flow.machines import PASS, START, Machines
from tests.support.flow.running_aws import RunningAws
from tests.support.waiting import wait_for


def soon() -> datetime:
    """A full second that is to come."""
    return (datetime.now(UTC) + timedelta(seconds=2)).replace(microsecond=0)


def at(due: datetime) -> str:
    """The expression of a schedule that starts once."""
    return f"at({due:%Y-%m-%dT%H:%M:%S})"


class Schedules:
    """Schedules of one test."""

    def __init__(self, aws: RunningAws, machines: Machines) -> None:
        self._aws, self._machines = aws, machines
        self.client = aws.client("scheduler")

    def settings(
        self, machine: str, *statements: dict[str, str], content: str = "{}"
    ) -> dict[str, Any]:
        """All that a schedule needs but its expression; its role has some permissions."""
        role = self._aws.create_role("scheduler", *statements)
        return {
            "Name": f"flow-{uuid.uuid4().hex[:8]}",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": machine, "RoleArn": role, "Input": content},
        }

    def wait_until_looked_at(self) -> None:
        """Returns when all schedules that there are have been looked at."""
        machine = self._machines.create({"Pass": PASS})
        self.client.create_schedule(ScheduleExpression=at(soon()), **self.settings(machine, START))
        wait_for(lambda: self._machines.of(machine))
