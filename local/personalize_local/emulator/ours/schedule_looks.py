"""Looks each second which schedules are due, so that tests need not wait; MiniStack each 10 s."""

from __future__ import annotations

from typing import Final

from ministack.services import scheduler

from personalize_local.emulator.mend import Mend

_LOOK_SECONDS: Final = 1


def _apply() -> None:
    scheduler._SCHEDULE_TICK_INTERVAL = _LOOK_SECONDS


MEND: Final = Mend(
    aws="A schedule starts within the minute it is due in.",
    source="EventBridge Scheduler User Guide, Schedule types: precision of 60 seconds",
    apply=_apply,
)
