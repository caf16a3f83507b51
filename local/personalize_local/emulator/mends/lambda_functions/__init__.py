"""Mends of Lambda."""

from __future__ import annotations

from typing import Final

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.lambda_functions import (
    answers,
    asynchronous,
    authorities,
    aws_sdk,
    file_modes,
    lineage,
    node_errors,
    python_errors,
)

MENDS: Final[tuple[Mend, ...]] = (
    python_errors.MEND,
    node_errors.MEND,
    aws_sdk.MEND,
    authorities.MEND,
    file_modes.MEND,
    answers.MEND,
    lineage.MEND,
    asynchronous.MEND,
)
