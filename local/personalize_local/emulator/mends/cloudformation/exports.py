"""Keeps an export as it is while another stack imports it, and lets go of one that is gone.

MiniStack changes exports that are in use, never forgets one that a template leaves out, and
answers DeleteStack with an error where AWS cancels the deletion.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers, helpers, stacks

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.cloudformation.rollbacks import replace_roll_back

_REFUSED: Final = "personalize_local_export_in_use"
_STACK: Final = "AWS::CloudFormation::Stack"
_SETTLED: Final = ("_COMPLETE", "_FAILED")


def _apply() -> None:
    _apply_to_operations()
    _apply_to_deletes()


def _apply_to_operations() -> None:
    resolve = stacks._resolve_stack_outputs
    roll_back = stacks._roll_back_operation

    def resolve_and_keep(*template: Any) -> tuple[object, Mapping[str, Any]]:  # noqa: ANN401
        outputs, exports = resolve(*template)
        stack_name, stack_id = template[-2:]
        stack = cloudformation._stacks[stack_name]
        try:
            _check(stack_name, stack_id, exports)
        except ValueError as error:
            stack[_REFUSED] = str(error)
            raise
        for name in _exports_of(stack_id):
            if name not in exports:
                cloudformation._exports.pop(name, None)
        return outputs, exports

    async def roll_back_with_reason(
        stack_name: str,
        stack_id: str,
        stack: dict[str, Any],
        operation: dict[str, Any],
        reason_override: str = "",
    ) -> None:
        reason = stack.pop(_REFUSED, "") or reason_override
        await roll_back(stack_name, stack_id, stack, operation, reason)

    stacks._resolve_stack_outputs = resolve_and_keep
    replace_roll_back(roll_back_with_reason)


def _apply_to_deletes() -> None:
    delete = handlers._delete_stack

    def delete_unless_imported(parameters: Mapping[str, Any]) -> object:
        stack = handlers._resolve_stack(helpers._p(parameters, "StackName"))
        is_protected = stack is not None and stack.get("EnableTerminationProtection")
        if stack is None or is_protected or not stack["StackStatus"].endswith(_SETTLED):
            return delete(parameters)
        name, stack_id = stack["StackName"], stack["StackId"]
        for export in _exports_of(stack_id):
            if importers := _importers(export, name):
                reason = _in_use(export, importers)
                stack["StackStatusReason"] = reason
                event = (stack_id, name, name, _STACK, stack["StackStatus"], reason, stack_id)
                stacks._add_event(*event)
                return helpers._xml(200, "DeleteStackResponse", "")
        return delete(parameters)

    handlers._delete_stack = delete_unless_imported
    handlers._ACTION_HANDLERS["DeleteStack"] = delete_unless_imported


def _check(stack_name: str, stack_id: str, exports: Mapping[str, Any]) -> None:
    """Raises an error when the new exports of a stack are not possible."""
    for name in exports:
        other = cloudformation._exports.get(name)
        if other is not None and other["StackId"] != stack_id:
            owner = other["StackId"].split("/")[1]
            raise ValueError(f"Export with name {name} is already exported by stack {owner}.")
    for name in _exports_of(stack_id):
        new = exports.get(name)
        if new is not None and new["Value"] == cloudformation._exports[name]["Value"]:
            continue
        if importers := _importers(name, stack_name):
            if new is None:
                raise ValueError(_in_use(name, importers))
            users = " and ".join(importers)
            raise ValueError(f"Export {name} cannot be updated as it is in use by {users}")


def _in_use(export: str, importers: list[str]) -> str:
    users = " and ".join(importers)
    return f"Delete canceled. Cannot delete export {export} as it is in use by {users}."


def _exports_of(stack_id: str) -> list[str]:
    return [
        name for name, export in cloudformation._exports.items() if export["StackId"] == stack_id
    ]


def _importers(export: str, exporter: str) -> list[str]:
    return [
        name
        for name, stack in cloudformation._stacks.items()
        if name != exporter
        and stack["StackStatus"] != "DELETE_COMPLETE"
        and export in handlers._imported_export_names(stack, name)
    ]


MEND: Final = Mend(
    aws="An export that another stack imports cannot change or go, nor the stack that exports it.",
    source="CloudFormation User Guide, Get exported outputs from a deployed stack;"
    " aws-cdk #604, #3414, #33395",
    apply=_apply,
)
