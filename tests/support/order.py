"""In what order tests run, and which of them have to run in one process."""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

import pytest

from tests.support import ROOT

# What is quick comes first: a mistake shows soon. Then what lasts, the longest before the others,
# so that no process is left alone with it at the end. Folders that are not named come before both.
_ORDER: Final = (
    "api",
    "jobs",
    "storage",
    "functions",
    "workflow",
    "examples",
    "flow/workflow",
    "flow/lives",
    "flow",
    "local/emulator",
    "plugin",
    "docs",
    "site",
    "security",
    "packaging",
)
# Their files share what takes long to make: a deployed stack, a site with a browser, an assembly.
_TOGETHER: Final = ("flow/workflow", "site", "security")


def arrange(items: list[pytest.Item], *, in_processes: bool) -> None:
    """Sorts tests, and has pytest-xdist keep those of a file, or of such a folder, together."""
    items.sort(key=_rank)
    if in_processes:
        for item in items:
            path = _place(item)
            names = (name for name in _TOGETHER if path.is_relative_to(name))
            item.add_marker(pytest.mark.xdist_group(next(names, path.as_posix())))


def _rank(item: pytest.Item) -> int:
    path = _place(item)
    found = (rank for rank, name in enumerate(_ORDER, 1) if path.is_relative_to(name))
    return next(found, 0)


def _place(item: pytest.Item) -> PurePath:
    return item.path.relative_to(ROOT / "tests")
