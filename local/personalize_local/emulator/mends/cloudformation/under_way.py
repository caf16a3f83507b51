"""Shows resources while they are made, changed or deleted; MiniStack shows those that are done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Final

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers

from personalize_local.emulator.mend import Mend

_ACTIONS: Final = ("DescribeStackResource", "DescribeStackResources", "ListStackResources")

_Json = dict[str, Any]

_showing: ContextVar[bool] = ContextVar("personalize_local_showing_resources", default=False)


def _apply() -> None:
    resolve = handlers._resolve_stack

    def resolve_with_resources_under_way(name: str) -> _Json | None:
        stack: _Json | None = resolve(name)
        if stack is None or not _showing.get():
            return stack
        return {**stack, "_resources": _resources(stack)}

    handlers._resolve_stack = resolve_with_resources_under_way
    for action in _ACTIONS:
        handlers._ACTION_HANDLERS[action] = _shown(handlers._ACTION_HANDLERS[action])


def _shown(handler: Callable[[Mapping[str, Any]], object]) -> Callable[..., object]:
    def handle(parameters: Mapping[str, Any]) -> object:
        token = _showing.set(True)
        try:
            return handler(parameters)
        finally:
            _showing.reset(token)

    return handle


def _resources(stack: _Json) -> _Json:
    """Returns the resources of a stack, each as its last event left it."""
    resources: _Json = dict(stack.get("_resources", {}))
    if not stack["StackStatus"].endswith("_IN_PROGRESS"):
        return resources
    last = {
        event["LogicalResourceId"]: event
        for event in cloudformation._stack_events.get(stack["StackId"], ())
        if event["PhysicalResourceId"] != stack["StackId"]
    }
    for logical_id, event in last.items():
        if event["ResourceStatus"] == "DELETE_COMPLETE":
            continue
        resources[logical_id] = {
            "LogicalResourceId": logical_id,
            "PhysicalResourceId": event["PhysicalResourceId"],
            "ResourceType": event["ResourceType"],
            "Timestamp": event["Timestamp"],
            **resources.get(logical_id, {}),
            "ResourceStatus": event["ResourceStatus"],
        }
    return resources


MEND: Final = Mend(
    aws="The resources of a stack are there while they are made, changed and deleted.",
    source="CloudFormation API Reference, StackResourceDetail, ResourceStatus",
    apply=_apply,
)
