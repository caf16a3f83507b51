"""Makes CloudFormation wait as on AWS: within the time that was given, and not past a cancel.

MiniStack runs a custom resource's function itself, before its `ServiceTimeout` begins, sends no
Delete to one whose Create failed and no second Update to one that a rolled back update replaced,
and lets nothing end a wait condition but its signals.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Final

from ministack.core import concurrency
from ministack.core.responses import now_iso
from ministack.services import cloudformation, lambda_svc
from ministack.services.cloudformation import custom_resource, handlers, stacks, wait_conditions

_SLICE_SECONDS: Final = 0.25
_POLL_SECONDS: Final = 0.05
_CANCELLED: Final = "Resource creation cancelled"
_RUNNING: Final = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
_CREATE_FAILED: Final = "CREATE_FAILED"
_DELETED: Final = "personalize_local_deleted"

_asking: ContextVar[bool] = ContextVar("personalize_local_asking", default=False)
# The stacks that are held by a wait condition.
_held: set[str] = set()
# By stack and logical id: the physical ids that functions have answered with, and the custom
# resources whose Create failed.
_answered: dict[tuple[object, object], object] = {}
_failed: dict[tuple[str, str], dict[str, object]] = {}


def register() -> None:
    """Changes MiniStack's CloudFormation for the rest of the process."""
    _register_custom_resources()
    _register_waits()
    _register_ends()


def _register_custom_resources() -> None:
    invoke = custom_resource.invoke_custom_resource
    execute = lambda_svc._execute_function_with_config_scope
    deliver = custom_resource.deliver_response

    def invoke_and_keep(
        request_type: str,
        logical_id: str,
        props: Mapping[str, object],
        stack_name: str,
        stack_id: str,
        resource_type: str,
        **more: object,
    ) -> object:
        token = _asking.set(True)
        try:
            return invoke(
                request_type, logical_id, props, stack_name, stack_id, resource_type, **more
            )
        except Exception:
            if request_type == "Create":
                _keep_failed(logical_id, props, stack_name, stack_id, resource_type)
            raise
        finally:
            _asking.reset(token)
            _answered.pop((stack_id, logical_id), None)

    def execute_or_hand_over(function: Mapping[str, object], event: Mapping[str, object]) -> object:
        if not _asking.get():
            return execute(function, event)
        lambda_svc.invoke_async_with_retry(function, event)
        return {}

    def deliver_and_note(token: str, response: Mapping[str, object]) -> object:
        place = response.get("StackId"), response.get("LogicalResourceId")
        _answered[place] = response.get("PhysicalResourceId")
        return deliver(token, response)

    custom_resource.invoke_custom_resource = invoke_and_keep
    custom_resource.deliver_response = deliver_and_note
    lambda_svc._execute_function_with_config_scope = execute_or_hand_over


def _keep_failed(
    logical_id: str,
    props: Mapping[str, object],
    stack_name: str,
    stack_id: str,
    resource_type: str,
) -> None:
    """Keeps a custom resource whose Create failed, so that it gets its Delete."""
    made_up = f"{stack_name}-{logical_id}-{uuid.uuid4().hex[:12].upper()}"
    _failed[stack_id, logical_id] = {
        "PhysicalResourceId": _answered.get((stack_id, logical_id)) or made_up,
        "ResourceType": resource_type,
        "ResourceStatus": _CREATE_FAILED,
        "LogicalResourceId": logical_id,
        "Properties": props,
        "Attributes": {},
        "Timestamp": now_iso(),
    }


def _register_waits() -> None:
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
        _held.add(stack_id)
        try:
            while True:
                left = deadline - time.monotonic()
                try:
                    return wait_for(*waiting, max(0.0, min(left, _SLICE_SECONDS)))
                except TimeoutError:
                    if stack.get("_cancel_requested") or stack.get(_DELETED):
                        raise RuntimeError(_CANCELLED) from None
                    if left <= _SLICE_SECONDS:
                        raise
        finally:
            _held.discard(stack_id)

    wait_conditions.wait_for = wait_until_cancelled


def _register_ends() -> None:
    roll_back = stacks._roll_back_operation
    delete = stacks._delete_stack_async
    revert = stacks._revert_update

    async def roll_back_all(
        stack_name: str,
        stack_id: str,
        stack: dict[str, Any],
        operation: dict[str, Any],
        reason_override: str = "",
    ) -> None:
        if stack.get(_DELETED):
            # The delete that ended the operation removes what there is, as the template has it.
            stack["_template"] = operation["template"]
            stack["StackStatus"] = _CREATE_FAILED
            return
        if stack.pop("_cancel_requested", False):
            stacks.CLIENT_REQUEST_TOKEN.set(stack.pop("_cancel_token", ""))
            operation["cancelled"] = True
        logical_id = operation["failed_logical_id"]
        if (failed := _failed.pop((stack_id, logical_id), None)) is not None:
            stack["_resources"][logical_id] = failed
            operation["created"].append(logical_id)
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

    async def delete_when_stopped(stack_name: str, stack_id: str, *more: Any, **named: Any) -> None:  # noqa: ANN401
        stack = cloudformation._stacks.get(stack_name) or {}
        if stack_id in _held:
            stack[_DELETED] = True
            while stack["StackStatus"] in _RUNNING:
                await asyncio.sleep(_POLL_SECONDS)
        await delete(stack_name, stack_id, *more, **named)

    stacks._revert_update = revert_and_delete
    for module in (stacks, handlers):
        module._roll_back_operation = roll_back_all
        module._delete_stack_async = delete_when_stopped


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
