"""Waiting for what other threads and processes do, without a word about how fast they are."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from tests.support import PATIENCE_SECONDS

Seen = TypeVar("Seen")


def wait_for(look: Callable[[], Seen], is_over: Callable[[Seen], bool] = bool) -> Seen:
    """Looks until what is seen is as wanted; fails with what was seen last when nothing moves."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_over(seen := look()):
        assert time.monotonic() < deadline, f"it stays {seen!r}"
        time.sleep(0.02)
    return seen
