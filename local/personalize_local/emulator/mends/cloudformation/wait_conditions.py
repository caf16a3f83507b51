"""Lets a cancel of the update and a delete of the stack end a wait condition.

MiniStack lets nothing end one but its signals and its time-out.
"""

from __future__ import annotations

import time
from typing import Any, Final

from ministack.services import cloudformation
from ministack.services.cloudformation import stacks, wait_conditions

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.cloudformation.deletes import CANCELLED, is_deleted
from personalize_local.emulator.mends.cloudformation.rollbacks import replace_roll_back

_SLICE_SECONDS: Final = 0.25


def _apply() -> None:
    _apply_to_waits()
    _apply_to_cancels()


def _apply_to_waits() -> None:
    wait_for = wait_conditions.wait_for

    def wait_until_cancelled(
        token: str,
        stack_id: str,
        stack_name: str,
        logical_id: str,
        resource_type: str,
        count: int,
        timeout: float,
    ) -> object:
        waiting = (token, stack_id, stack_name, logical_id, resource_type, count)
        handle = wait_conditions._handles.get(token)
        if handle is None or not handle["url"]:
            return wait_for(*waiting, timeout)
        stack = cloudformation._stacks[stack_name]
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            try:
                return wait_for(*waiting, max(0.0, min(left, _SLICE_SECONDS)))
            except TimeoutError:
                if stack.get("_cancel_requested") or is_deleted(stack):
                    raise RuntimeError(CANCELLED) from None
                if left <= _SLICE_SECONDS:
                    raise

    wait_conditions.wait_for = wait_until_cancelled


def _apply_to_cancels() -> None:
    roll_back = stacks._roll_back_operation

    async def roll_back_cancelled(
        stack_name: str,
        stack_id: str,
        stack: dict[str, Any],
        operation: dict[str, Any],
        reason_override: str = "",
    ) -> None:
        if stack.pop("_cancel_requested", False):
            stacks.CLIENT_REQUEST_TOKEN.set(stack.pop("_cancel_token", ""))
            operation["cancelled"] = True
        await roll_back(stack_name, stack_id, stack, operation, reason_override)

    replace_roll_back(roll_back_cancelled)


MEND: Final = Mend(
    aws="A cancelled update and a deleted stack do not wait for the signals of a wait condition.",
    source="CloudFormation API Reference, CancelUpdateStack, DeleteStack",
    apply=_apply,
)
