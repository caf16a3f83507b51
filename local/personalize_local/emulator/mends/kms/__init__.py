"""Mends of KMS."""

from __future__ import annotations

from typing import Final

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.kms import (
    other_accounts,
)

MENDS: Final[tuple[Mend, ...]] = (other_accounts.MEND,)
