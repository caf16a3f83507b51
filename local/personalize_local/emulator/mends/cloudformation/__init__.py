"""Mends of CloudFormation."""

from __future__ import annotations

from typing import Final

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.cloudformation import (
    buckets,
    cancels,
    conditions,
    custom_resources,
    definition_substitutions,
    deletes,
    exports,
    failed_creates,
    nested_stacks,
    replacements,
    stack_outputs,
    under_way,
    wait_conditions,
)

MENDS: Final[tuple[Mend, ...]] = (
    *buckets.MENDS,
    conditions.MEND,
    definition_substitutions.MEND,
    nested_stacks.MEND,
    stack_outputs.MEND,
    *custom_resources.MENDS,
    deletes.MEND,
    cancels.MEND,
    under_way.MEND,
    replacements.MEND,
    # Behind deletes: what it adds to a rollback is deleted too.
    failed_creates.MEND,
    exports.MEND,
    wait_conditions.MEND,
)
