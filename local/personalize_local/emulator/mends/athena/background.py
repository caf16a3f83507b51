"""What goes on after an answer has been given."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

# The loop itself keeps no reference to its tasks.
_running: Final[set[asyncio.Task[None]]] = set()


def start(work: Coroutine[Any, Any, None]) -> None:
    """Has the loop do something later on.

    Args:
        work: What.
    """
    task = asyncio.get_running_loop().create_task(work)
    _running.add(task)
    task.add_done_callback(_running.discard)
