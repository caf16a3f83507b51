"""Mends of IAM."""

from __future__ import annotations

from typing import Final

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.iam import (
    attachments,
    boundaries,
    managed_policies,
    marked_characters,
    policy_sizes,
    policy_text,
)

MENDS: Final[tuple[Mend, ...]] = (
    managed_policies.MEND,
    marked_characters.MEND,
    boundaries.MEND,
    attachments.MEND,
    policy_sizes.MEND,
    # Outermost: IAM looks at the form of a request first.
    policy_text.MEND,
)
