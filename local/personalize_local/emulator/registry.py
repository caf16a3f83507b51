"""All that is changed in MiniStack, in the order in which it is applied.

To add a mend:

1. Make `mends/<service>/<mend>.py`; `ours/<mend>.py`, if it is no use to MiniStack's project. What
   lies in `mends` knows MiniStack, `emulator.access` and `emulator.mend`, nothing of Personalize.
2. Write `_apply()`, which puts functions in the place of MiniStack's, and below it
   `MEND = Mend(aws=..., source=..., apply=_apply)`.
3. Add it to `MENDS` in the folder's `__init__.py`, behind those whose functions it wraps.
4. Write the case that fails without it: `tests/flow/mends/<service>/test_<mend>.py`, or, where no
   server is needed, the same below `tests/local/mends`; `tests/support/flow` has functions,
   machines, stacks and more. Take the mend out of `MENDS` to see the case fail.
5. A folder holds at most 12 modules; a folder that is full gets folders by subject.
"""

from __future__ import annotations

from typing import Final

from personalize_local.emulator import ours
from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends import (
    athena,
    cloudformation,
    cloudwatch,
    eventbridge,
    iam,
    kms,
    lambda_functions,
    logs,
    s3,
    ssm,
    step_functions,
)

MENDS: Final[tuple[Mend, ...]] = (
    *athena.MENDS,
    *cloudformation.MENDS,
    *cloudwatch.MENDS,
    *eventbridge.MENDS,
    *iam.MENDS,
    *kms.MENDS,
    *lambda_functions.MENDS,
    *logs.MENDS,
    *s3.MENDS,
    *ssm.MENDS,
    *step_functions.MENDS,
    *ours.MENDS,
)


def apply_all() -> None:
    """Changes MiniStack for the rest of the process."""
    for mend in MENDS:
        mend.apply()
