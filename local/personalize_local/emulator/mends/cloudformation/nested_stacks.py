"""Updates nested stacks, and deletes of them what AWS deletes.

MiniStack loses the attributes of what does not change in a nested stack, so that its update
fails; it deletes what the nested template keeps, and keeps what a failed nested stack had made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ministack.services import cloudformation
from ministack.services.cloudformation import provisioners, stacks

from personalize_local.emulator.mend import Mend

_TYPE: Final = "AWS::CloudFormation::Stack"


def _apply() -> None:
    update = provisioners._update_resource
    handlers = provisioners._RESOURCE_HANDLERS[_TYPE]
    create, delete = handlers["create"], handlers["delete"]

    def update_with_attributes(
        kind: str,
        physical_id: str,
        old: Mapping[str, Any],
        new: Mapping[str, Any],
        stack_name: str,
        logical_id: str | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> object:
        if attributes is None:
            record = cloudformation._stacks[stack_name]["_resources"].get(logical_id) or {}
            attributes = record.get("Attributes")
        return update(kind, physical_id, old, new, stack_name, logical_id, attributes)

    def create_or_clean(logical_id: str, properties: Mapping[str, Any], parent: str) -> object:
        try:
            return create(logical_id, properties, parent)
        except Exception:
            for child in _failed_children(logical_id, parent):
                delete_unless_kept(child["StackId"], properties)
            raise

    def delete_unless_kept(physical_id: str, properties: Mapping[str, Any]) -> None:
        name = provisioners._nested_stack_lookup_name(physical_id)
        if (child := cloudformation._stacks.get(name)) is not None:
            _let_go(name, child)
        delete(physical_id, properties)

    provisioners._update_resource = stacks._update_resource = update_with_attributes
    handlers["create"], handlers["delete"] = create_or_clean, delete_unless_kept


def _failed_children(logical_id: str, parent: str) -> list[dict[str, Any]]:
    return [
        stack
        for name, stack in list(cloudformation._stacks.items())
        if name.startswith(f"{parent}-{logical_id}-") and stack["StackStatus"] == "CREATE_FAILED"
    ]


def _let_go(name: str, stack: Mapping[str, Any]) -> None:
    """Takes from a nested stack the resources that are kept when it is deleted."""
    template, resources = stack["_template"], stack["_resources"]
    for logical_id in list(resources):
        policy = stacks._resource_policy(
            template["Resources"].get(logical_id),
            "DeletionPolicy",
            resources,
            stack["_resolved_params"],
            stack["_conditions"],
            template.get("Mappings", {}),
            name,
            stack["StackId"],
        )
        if policy in provisioners._RETAINING_POLICIES:
            gone = resources.pop(logical_id)
            place = (stack["StackId"], name, logical_id, gone["ResourceType"])
            stacks._add_event(*place, "DELETE_SKIPPED", physical_id=gone["PhysicalResourceId"])


MEND: Final = Mend(
    aws="A nested stack is updated and deleted as any other, by the deletion policies of its own"
    " template; one whose creation fails is deleted.",
    source="CloudFormation User Guide, Split a template into reusable pieces using nested stacks",
    apply=_apply,
)
