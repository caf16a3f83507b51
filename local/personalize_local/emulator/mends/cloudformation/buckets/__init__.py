"""Mends of CloudFormation's buckets."""

from __future__ import annotations

from typing import Final

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.cloudformation.buckets import (
    encryption,
    full,
    lifecycles,
    policies,
    tags,
)

MENDS: Final[tuple[Mend, ...]] = (
    encryption.MEND,
    lifecycles.MEND,
    policies.MEND,
    full.MEND,
    tags.MEND,
)
