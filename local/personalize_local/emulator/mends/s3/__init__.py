"""Mends of S3."""

from __future__ import annotations

from typing import Final

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.s3 import (
    bucket_policy_size,
    foreign_sources,
    kms_keys,
    lifecycle_ids,
    other_accounts,
    started_uploads,
    tags,
)

MENDS: Final[tuple[Mend, ...]] = (
    bucket_policy_size.MEND,
    kms_keys.MEND,
    lifecycle_ids.MEND,
    other_accounts.MEND,
    foreign_sources.MEND,
    started_uploads.MEND,
    tags.MEND,
)
