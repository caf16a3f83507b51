"""Rolls a replaced custom resource back with an Update and a Delete.

MiniStack sends no second Update to a custom resource that a rolled back update replaced, and no
Delete for the physical id that it came to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ministack.core import concurrency
from ministack.services.cloudformation import stacks

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.cloudformation.rollbacks import replace_roll_back


def _apply() -> None:
    roll_back = stacks._roll_back_operation
    revert = stacks._revert_update

    async def roll_back_replaced(
        stack_name: str,
        stack_id: str,
        stack: dict[str, Any],
        operation: dict[str, Any],
        reason_override: str = "",
    ) -> None:
        if operation["is_update"]:
            _take_back_replacements(stack, operation)
        await roll_back(stack_name, stack_id, stack, operation, reason_override)

    async def revert_and_delete(*update: Any) -> None:  # noqa: ANN401
        await revert(*update)
        stack_id, stack_name, logical_id, kind, undone_id, undone, _, _, record = update
        if not _is_custom(kind) or record["PhysicalResourceId"] == undone_id:
            return
        event = (stack_id, stack_name, logical_id, kind)
        stacks._add_event(*event, "DELETE_IN_PROGRESS", physical_id=undone_id)
        try:
            await concurrency.run_reentrant(
                stacks._delete_resource, kind, undone_id, undone, stack_name, logical_id
            )
        except Exception as error:
            # As on AWS, what a clean-up leaves behind does not fail the rollback.
            stacks._add_event(*event, "DELETE_FAILED", str(error), undone_id)
            return
        stacks._add_event(*event, "DELETE_COMPLETE", physical_id=undone_id)

    stacks._revert_update = revert_and_delete
    replace_roll_back(roll_back_replaced)


def _take_back_replacements(stack: Mapping[str, Any], operation: dict[str, Any]) -> None:
    """Lets the rollback treat replaced custom resources as updated ones.

    Its Update names the newer physical id, as on AWS, and the function's answer says which id the
    resource has from now on.
    """
    before = operation["previous_stack"]["_resources"]
    for logical_id in operation["created"]:
        resource = stack["_resources"][logical_id]
        if logical_id in before and _is_custom(resource["ResourceType"]):
            before[logical_id]["PhysicalResourceId"] = resource["PhysicalResourceId"]
            operation["replaced_ids"] = [
                one for one in operation["replaced_ids"] if one != logical_id
            ]


def _is_custom(resource_type: str) -> bool:
    return resource_type.startswith(("Custom::", "AWS::CloudFormation::CustomResource"))


MEND: Final = Mend(
    aws="A rollback sends a replaced custom resource an Update from its newer id, and a Delete.",
    source="CloudFormation User Guide, Custom resource request types: Update, Delete",
    apply=_apply,
)
