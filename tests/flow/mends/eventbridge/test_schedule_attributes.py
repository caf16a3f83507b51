"""A schedule tells its target about its start."""

from __future__ import annotations

import json
import uuid

from tests.support.flow.machines import PASS, START, Machines
from tests.support.flow.schedules import Schedules, at, soon
from tests.support.waiting import wait_for


def test_the_input_has_the_values_of_the_attributes(
    schedules: Schedules, machines: Machines
) -> None:
    machine, due = machines.create({"Pass": PASS}), soon()
    named = {
        "time": "<aws.scheduler.scheduled-time>",
        "by": "<aws.scheduler.schedule-arn>",
        "id": "<aws.scheduler.execution-id>",
        "attempt": "<aws.scheduler.attempt-number>",
    }
    settings = schedules.settings(machine, START, content=json.dumps(named))
    made = schedules.client.create_schedule(ScheduleExpression=at(due), **settings)
    wait_for(lambda: machines.of(machine))
    (told,) = machines.inputs(machine)
    assert told["time"] == f"{due:%Y-%m-%dT%H:%M:%SZ}"
    assert told["by"] == made["ScheduleArn"]
    assert uuid.UUID(told["id"])
    assert told["attempt"] == "1"
