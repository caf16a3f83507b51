"""Mends of Step Functions."""

from __future__ import annotations

from typing import Final

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.step_functions import (
    branches,
    definitions,
    integrations,
    runs,
    states,
)

MENDS: Final[tuple[Mend, ...]] = (
    *definitions.MENDS,
    *runs.MENDS,
    *states.MENDS,
    *branches.MENDS,
    *integrations.MENDS,
)
