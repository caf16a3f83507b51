"""Postpones the import of what a server may never need."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unseen(name: str) -> Iterator[None]:
    """Hides a package from what is imported in the block: it looks as if it was not installed.

    MiniStack imports DuckDB only to see whether it is there.

    Args:
        name: The package. One that is imported already stays.
    """
    if name in sys.modules:
        yield
        return
    # For the import system, None is a module that cannot be found.
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]
