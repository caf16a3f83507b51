"""Which definitions of state machines are refused."""

from __future__ import annotations

from typing import Final

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.step_functions.definitions import refused

MENDS: Final[tuple[Mend, ...]] = (refused.MEND,)
