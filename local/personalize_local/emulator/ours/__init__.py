"""What is changed in MiniStack for this package alone."""

from __future__ import annotations

from typing import Final

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.ours import (
    personalize_errors,
    schedule_looks,
    short_waits,
)

MENDS: Final[tuple[Mend, ...]] = (
    personalize_errors.MEND,
    schedule_looks.MEND,
    short_waits.MEND,
)
