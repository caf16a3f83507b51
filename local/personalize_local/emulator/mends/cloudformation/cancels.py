"""Lets a cancel of the update end a custom resource; MiniStack ends the update after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ministack.services.cloudformation import handlers, helpers

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.cloudformation.deletes import end_custom_resources

CANCELLED: Final = "Resource update cancelled"


def _apply() -> None:
    cancel = handlers._cancel_update_stack

    def cancel_and_end(parameters: Mapping[str, Any]) -> object:
        answer = cancel(parameters)
        stack = handlers._resolve_stack(helpers._p(parameters, "StackName"))
        if stack is not None and stack.get("_cancel_requested"):
            end_custom_resources(stack["StackId"], CANCELLED)
        return answer

    handlers._cancel_update_stack = cancel_and_end
    handlers._ACTION_HANDLERS["CancelUpdateStack"] = cancel_and_end


MEND: Final = Mend(
    aws="A cancelled update does not wait for the answer of a custom resource.",
    source="CloudFormation API Reference, CancelUpdateStack",
    apply=_apply,
)
