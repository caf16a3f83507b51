"""What single states do."""

from __future__ import annotations

from typing import Final

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.step_functions.states import (
    choice_rules,
    expressions,
    intrinsics,
    paths,
    retries,
    tasks,
    variables,
)

MENDS: Final[tuple[Mend, ...]] = (
    paths.MEND,
    intrinsics.MEND,
    expressions.MEND,
    variables.MEND,
    choice_rules.MEND,
    retries.MEND,
    tasks.MEND,
)
