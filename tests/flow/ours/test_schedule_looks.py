"""How often the local AWS looks which schedules are due."""

from __future__ import annotations

import pytest
from ministack.services import scheduler

from personalize_local.emulator.ours import schedule_looks


def test_schedules_are_looked_at_each_second(monkeypatch: pytest.MonkeyPatch) -> None:
    # What MiniStack has; whoever tests a schedule of each minute would wait for it.
    monkeypatch.setattr(scheduler, "_SCHEDULE_TICK_INTERVAL", 10)
    schedule_looks.MEND.apply()
    assert scheduler._SCHEDULE_TICK_INTERVAL == 1
