"""The one version of MiniStack that works, as its internals are used."""

from __future__ import annotations

import sys
from importlib import metadata
from typing import Final

NEEDED: Final = "1.5.33"


def problem() -> str | None:
    """Returns what is wrong with the MiniStack that is installed; None for nothing.

    It imports nothing of MiniStack.
    """
    try:
        installed = metadata.version("ministack")
    except metadata.PackageNotFoundError:
        found = "MiniStack is not installed"
    else:
        if installed == NEEDED:
            return None
        found = f"MiniStack {installed} is installed"
    return (
        f"{found}, and the local AWS works with {NEEDED} only, whose internals it uses; "
        f"install that with `{sys.executable} -m pip install ministack=={NEEDED}`"
    )
