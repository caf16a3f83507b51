"""Mends of CloudFormation."""

from __future__ import annotations

from typing import Final

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.cloudformation import (
    buckets,
    conditions,
    custom_resources,
    deletes,
    exports,
    failed_creates,
    failed_functions,
    nested_stacks,
    replacements,
    stack_outputs,
    wait_conditions,
)

MENDS: Final[tuple[Mend, ...]] = (
    *buckets.MENDS,
    conditions.MEND,
    nested_stacks.MEND,
    stack_outputs.MEND,
    custom_resources.MEND,
    deletes.MEND,
    failed_functions.MEND,
    replacements.MEND,
    # Behind deletes: what it adds to a rollback is deleted too.
    failed_creates.MEND,
    exports.MEND,
    wait_conditions.MEND,
)
