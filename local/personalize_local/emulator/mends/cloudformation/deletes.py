"""Has a delete end the creation or update that still runs; MiniStack lets both run at once.

What is being made then fails with "Resource creation cancelled", and what was made is deleted. A
custom resource gets its Delete while its Create may still run, under a physical id that
CloudFormation makes up; what the Create answers later is not heard.
"""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import Any, Final

from ministack.services import cloudformation
from ministack.services.cloudformation import custom_resource, handlers, stacks

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.cloudformation.rollbacks import replace_roll_back

CANCELLED: Final = "Resource creation cancelled"

_DELETED: Final = "personalize_local_deleted"
_RUNNING: Final = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
_POLL_SECONDS: Final = 0.05

# The stack for which a custom resource is asked now; and the tokens of the answers that stacks
# wait for.
_asking: ContextVar[str] = ContextVar("personalize_local_asking_stack", default="")
_waiting: dict[str, set[str]] = {}


def is_deleted(stack: dict[str, Any]) -> bool:
    """Returns whether a delete has come while an operation runs.

    Args:
        stack: MiniStack's record of a stack.
    """
    return bool(stack.get(_DELETED))


def end_custom_resources(stack_id: str, reason: str) -> None:
    """Fails what a stack's custom resources are asked for now.

    Args:
        stack_id: The stack.
        reason: What the failure says.
    """
    for token in _waiting.pop(stack_id, ()):
        custom_resource.deliver_response(token, {"Status": "FAILED", "Reason": reason})


def _apply() -> None:
    _apply_to_custom_resources()
    _apply_to_next_resources()
    _apply_to_ends()


def _apply_to_custom_resources() -> None:
    invoke, register = custom_resource.invoke_custom_resource, custom_resource.register_token

    def invoke_for_stack(
        request_type: str,
        logical_id: str,
        props: object,
        stack_name: str,
        stack_id: str,
        *more: object,
        **named: object,
    ) -> object:
        token = _asking.set(stack_id)
        try:
            return invoke(request_type, logical_id, props, stack_name, stack_id, *more, **named)
        finally:
            _asking.reset(token)
            _waiting.pop(stack_id, None)

    def register_for_stack(token: str) -> object:
        _waiting.setdefault(_asking.get(), set()).add(token)
        return register(token)

    custom_resource.invoke_custom_resource = invoke_for_stack
    custom_resource.register_token = register_for_stack


def _apply_to_next_resources() -> None:
    provision, update = stacks._provision_keeping_seed, stacks._update_keeping_seed

    def provision_unless_deleted(*resource: Any) -> object:  # noqa: ANN401
        _check(resource[3])
        return provision(*resource)

    def update_unless_deleted(*resource: Any) -> object:  # noqa: ANN401
        _check(resource[4])
        return update(*resource)

    stacks._provision_keeping_seed = provision_unless_deleted
    stacks._update_keeping_seed = update_unless_deleted


def _check(stack_name: str) -> None:
    if is_deleted(cloudformation._stacks[stack_name]):
        raise RuntimeError(CANCELLED)


def _apply_to_ends() -> None:
    roll_back = stacks._roll_back_operation
    delete = stacks._delete_stack_async

    async def roll_back_unless_deleted(
        stack_name: str,
        stack_id: str,
        stack: dict[str, Any],
        operation: dict[str, Any],
        reason_override: str = "",
    ) -> None:
        if not is_deleted(stack):
            await roll_back(stack_name, stack_id, stack, operation, reason_override)
            return
        # The delete that ended the operation removes what there is, as the template has it.
        stack["_template"] = operation["template"]
        stack["StackStatus"] = "CREATE_FAILED"

    async def delete_when_stopped(stack_name: str, stack_id: str, *more: Any, **named: Any) -> None:  # noqa: ANN401
        stack = cloudformation._stacks.get(stack_name) or {}
        if stack.get("StackStatus") in _RUNNING:
            stack[_DELETED] = True
            while stack["StackStatus"] in _RUNNING:
                end_custom_resources(stack_id, CANCELLED)
                await asyncio.sleep(_POLL_SECONDS)
        await delete(stack_name, stack_id, *more, **named)

    replace_roll_back(roll_back_unless_deleted)
    for module in (stacks, handlers):
        module._delete_stack_async = delete_when_stopped


MEND: Final = Mend(
    aws="A stack that is being created can be deleted; its custom resources get their Delete then.",
    source="CloudFormation API Reference, DeleteStack; aws-cdk #26139, #36951",
    apply=_apply,
)
