"""A schedule that is changed starts anew, at its new times."""

from __future__ import annotations

import pytest

from tests.support.flow.machines import PASS, START, Machines
from tests.support.flow.schedules import Schedules, at, soon
from tests.support.waiting import wait_for


@pytest.mark.parametrize("before", ["rate(1 hour)", None], ids=["rate", "once"])
def test_a_schedule_that_is_changed_starts_at_its_new_time(
    schedules: Schedules, machines: Machines, before: str | None
) -> None:
    machine = machines.create({"Pass": PASS})
    settings = schedules.settings(machine, START)
    schedules.client.create_schedule(ScheduleExpression=before or at(soon()), **settings)
    schedules.wait_until_looked_at()
    starts = 0 if before else 1
    assert len(machines.of(machine)) == starts
    schedules.client.update_schedule(ScheduleExpression=at(soon()), **settings)
    wait_for(lambda: len(machines.of(machine)) == starts + 1)


def test_a_schedule_that_gets_a_rate_counts_from_then(
    schedules: Schedules, machines: Machines
) -> None:
    machine = machines.create({"Pass": PASS})
    settings = schedules.settings(machine, START)
    schedules.client.create_schedule(ScheduleExpression=at(soon()), **settings)
    wait_for(lambda: machines.of(machine))
    schedules.client.update_schedule(ScheduleExpression="rate(1 hour)", **settings)
    schedules.wait_until_looked_at()
    assert len(machines.of(machine)) == 1
