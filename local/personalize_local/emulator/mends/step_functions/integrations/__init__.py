"""What state machines call, and as whom."""

from __future__ import annotations

from typing import Final

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.step_functions.integrations import (
    athena_queries,
    get_object,
    nested_failures,
    optimized_roles,
    put_object,
    roles,
)

MENDS: Final[tuple[Mend, ...]] = (
    put_object.MEND,
    get_object.MEND,
    athena_queries.MEND,
    optimized_roles.MEND,
    nested_failures.MEND,
    roles.MEND,
)
