"""Keeps schedules as they are now: on time, and with what they tell a target about its start.

MiniStack remembers of a schedule that it has started, and when, also after it was changed; and
leaves the attributes in the input of a target as they are written.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from ministack.services import scheduler

_LOOK_SECONDS: Final = 1
# What makes a schedule another one, though its name stays.
_OWN: Final = ("CreationDate", "ScheduleExpression", "ScheduleExpressionTimezone", "StartDate")


def register() -> None:
    """Changes MiniStack's Scheduler for the rest of the process."""
    tick = scheduler._tick_schedules
    seen: dict[object, tuple[object, ...]] = {}

    def tick_afresh() -> None:
        for key, schedule in list(scheduler._schedules._data.items()):
            own = tuple(schedule.get(name) for name in _OWN)
            if seen.setdefault(key, own) != own:
                seen[key] = own
                _start_afresh(key, schedule)
        tick()

    scheduler._tick_schedules = tick_afresh
    scheduler._SCHEDULE_TICK_INTERVAL = _LOOK_SECONDS


def with_attributes(text: str, schedule: Mapping[str, Any]) -> str:
    """Returns the input of a target with its context attributes.

    Args:
        text: The input as it is written.
        schedule: The schedule that is due now.
    """
    attributes = {
        "schedule-arn": schedule["Arn"],
        "scheduled-time": f"{_due(schedule['ScheduleExpression']):%Y-%m-%dT%H:%M:%SZ}",
        "execution-id": str(uuid.uuid4()),
        "attempt-number": "1",
    }
    for name, value in attributes.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text


def _start_afresh(key: object, schedule: Mapping[str, Any]) -> None:
    scheduler._schedule_last_fired.pop(key, None)
    if scheduler._at_time_epoch(schedule["ScheduleExpression"]) is None:
        # Else a rate would count from the creation, and be due at once.
        scheduler._schedule_last_fired[key] = time.time()


def _due(expression: str) -> datetime:
    """Returns the time for which a schedule that starts now was meant."""
    at = scheduler._at_time_epoch(expression)
    if at is not None:
        return datetime.fromtimestamp(at, UTC)
    now = datetime.now(UTC)
    return now.replace(second=0) if expression.startswith("cron") else now
