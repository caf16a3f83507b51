"""Mends of CloudWatch."""

from __future__ import annotations

from typing import Final

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.cloudwatch import (
    namespaces,
)

MENDS: Final[tuple[Mend, ...]] = (namespaces.MEND,)
