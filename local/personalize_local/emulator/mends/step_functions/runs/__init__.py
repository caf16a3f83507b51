"""How executions start, run and end."""

from __future__ import annotations

from typing import Final

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.step_functions.runs import (
    executions,
    history,
    redrives,
    starts,
)

MENDS: Final[tuple[Mend, ...]] = (
    starts.MEND,
    history.MEND,
    executions.MEND,
    redrives.MEND,
)
