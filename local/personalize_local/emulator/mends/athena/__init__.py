"""Mends of Athena."""

from __future__ import annotations

from typing import Final

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.athena import (
    results,
    starts,
    statistics,
    stops,
    workgroups,
)

MENDS: Final[tuple[Mend, ...]] = (
    workgroups.MEND,
    starts.MEND,
    stops.MEND,
    results.MEND,
    statistics.MEND,
)
