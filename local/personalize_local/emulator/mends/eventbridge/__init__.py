"""Mends of EventBridge and its Scheduler."""

from __future__ import annotations

from typing import Final

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.eventbridge import (
    changed_schedules,
    schedule_attributes,
    target_roles,
)

MENDS: Final[tuple[Mend, ...]] = (
    changed_schedules.MEND,
    schedule_attributes.MEND,
    target_roles.MEND,
)
