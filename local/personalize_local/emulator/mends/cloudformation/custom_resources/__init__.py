"""Mends of CloudFormation's custom resources."""

from __future__ import annotations

from typing import Final

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.cloudformation.custom_resources import (
    failed_functions,
    service_timeouts,
)

MENDS: Final[tuple[Mend, ...]] = (
    service_timeouts.MEND,
    failed_functions.MEND,
)
