"""Sends a Delete to a custom resource whose Create failed, which MiniStack leaves alone."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from ministack.core.responses import now_iso
from ministack.services.cloudformation import custom_resource, stacks

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.cloudformation.rollbacks import replace_roll_back

# By stack and logical id: the physical ids that functions have answered with, and the custom
# resources whose Create failed.
_answered: dict[tuple[object, object], object] = {}
_failed: dict[tuple[str, str], dict[str, object]] = {}


def _apply() -> None:
    invoke = custom_resource.invoke_custom_resource
    deliver = custom_resource.deliver_response
    roll_back = stacks._roll_back_operation

    def invoke_and_keep(
        request_type: str,
        logical_id: str,
        props: Mapping[str, object],
        stack_name: str,
        stack_id: str,
        resource_type: str,
        **more: object,
    ) -> object:
        try:
            return invoke(
                request_type, logical_id, props, stack_name, stack_id, resource_type, **more
            )
        except Exception:
            if request_type == "Create":
                _keep_failed(logical_id, props, stack_name, stack_id, resource_type)
            raise
        finally:
            _answered.pop((stack_id, logical_id), None)

    def deliver_and_note(token: str, response: Mapping[str, object]) -> object:
        place = response.get("StackId"), response.get("LogicalResourceId")
        _answered[place] = response.get("PhysicalResourceId")
        return deliver(token, response)

    async def roll_back_failed(
        stack_name: str,
        stack_id: str,
        stack: dict[str, Any],
        operation: dict[str, Any],
        reason_override: str = "",
    ) -> None:
        logical_id = operation["failed_logical_id"]
        if (failed := _failed.pop((stack_id, logical_id), None)) is not None:
            stack["_resources"][logical_id] = failed
            operation["created"].append(logical_id)
        await roll_back(stack_name, stack_id, stack, operation, reason_override)

    custom_resource.invoke_custom_resource = invoke_and_keep
    custom_resource.deliver_response = deliver_and_note
    replace_roll_back(roll_back_failed)


def _keep_failed(
    logical_id: str,
    props: Mapping[str, object],
    stack_name: str,
    stack_id: str,
    resource_type: str,
) -> None:
    made_up = f"{stack_name}-{logical_id}-{uuid.uuid4().hex[:12].upper()}"
    _failed[stack_id, logical_id] = {
        "PhysicalResourceId": _answered.get((stack_id, logical_id)) or made_up,
        "ResourceType": resource_type,
        "ResourceStatus": "CREATE_FAILED",
        "LogicalResourceId": logical_id,
        "Properties": props,
        "Attributes": {},
        "Timestamp": now_iso(),
    }


MEND: Final = Mend(
    aws="A rollback sends a Delete also to the custom resource whose Create failed.",
    source="CDK API reference, aws-cdk-lib.custom_resources: handling lifecycle events",
    apply=_apply,
)
