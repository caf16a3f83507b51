"""Mends of Systems Manager."""

from __future__ import annotations

from typing import Final

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.ssm import parameter_lists

MENDS: Final[tuple[Mend, ...]] = (parameter_lists.MEND,)
