"""What states run that have states in them."""

from __future__ import annotations

from typing import Final

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.step_functions.branches import (
    distributed_maps,
    inline_maps,
    parallel,
)

MENDS: Final[tuple[Mend, ...]] = (
    parallel.MEND,
    inline_maps.MEND,
    distributed_maps.MEND,
)
