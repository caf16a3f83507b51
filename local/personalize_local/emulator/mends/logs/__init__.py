"""Mends of CloudWatch Logs."""

from __future__ import annotations

from typing import Final

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.logs import (
    log_group_arns,
    resource_policies,
    vended_logs,
)

MENDS: Final[tuple[Mend, ...]] = (
    log_group_arns.MEND,
    resource_policies.MEND,
    vended_logs.MEND,
)
