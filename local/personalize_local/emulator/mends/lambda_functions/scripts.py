"""Changes in the scripts that MiniStack runs in the processes of functions."""

from __future__ import annotations

from collections.abc import Iterable


def changed(script: str, changes: Iterable[tuple[str, str]]) -> str:
    """Returns a script with passages replaced.

    Args:
        script: MiniStack's script.
        changes: What is there once, and what comes in its place.

    Raises:
        ValueError: It is not the script that is known here.
    """
    for old, new in changes:
        if script.count(old) != 1:
            raise ValueError(f"MiniStack's script for functions has not once {old!r}")
        script = script.replace(old, new)
    return script
