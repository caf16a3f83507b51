"""Keeps schedules as they are now.

MiniStack remembers of a schedule that it has started, and when, also after it was changed.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from ministack.services import scheduler

from personalize_local.emulator.mend import Mend

# What makes a schedule another one, though its name stays.
_OWN: Final = ("CreationDate", "ScheduleExpression", "ScheduleExpressionTimezone", "StartDate")


def _apply() -> None:
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


def _start_afresh(key: object, schedule: Mapping[str, Any]) -> None:
    scheduler._schedule_last_fired.pop(key, None)
    if scheduler._at_time_epoch(schedule["ScheduleExpression"]) is None:
        # Else a rate would count from the creation, and be due at once.
        scheduler._schedule_last_fired[key] = time.time()


MEND: Final = Mend(
    aws="A schedule that is changed starts anew, at its new times.",
    source="EventBridge Scheduler User Guide, Schedule types; API Reference, UpdateSchedule",
    apply=_apply,
)
