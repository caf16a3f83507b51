"""Brings MiniStack back to an earlier state, such as that after the bootstrap of the CDK."""

from __future__ import annotations

import asyncio
import copy
import sys
from typing import Any

from ministack import app
from ministack.services import stepfunctions


class Checkpoint:
    """What all services but Personalize had at one moment.

    Objects in S3 are not part of it.
    """

    def __init__(self) -> None:
        """Makes the checkpoint of a server that has nothing yet."""
        self._state: dict[str, Any] = {}

    def take(self) -> None:
        """Takes what the services have now."""
        self._state = {
            key: copy.deepcopy(get()) for key, get in app._build_persistence_save_dict().items()
        }

    async def restore(self) -> None:
        """Brings the services back to it; other requests wait meanwhile."""
        async with app._get_reset_lock():
            await asyncio.to_thread(self._restore)

    def _restore(self) -> None:
        for execution in list(stepfunctions._executions._data.values()):
            # Its thread holds it still, and goes on as long as it runs.
            if execution["status"] == "RUNNING":
                execution["status"] = "ABORTED"
        app._reset_all_state()
        for key, state in self._state.items():
            module = sys.modules[f"ministack.services.{app._state_map[key]}"]
            module.load_persisted_state(copy.deepcopy(state))
