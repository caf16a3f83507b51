"""Has the boundary of a role that a template makes limit it, which MiniStack leaves out."""

from __future__ import annotations

from typing import Final

from ministack.services import iam
from ministack.services.cloudformation import provisioners

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.iam.refusals import Properties, Refusal, before_resource

_TYPE: Final = "AWS::IAM::Role"
_PROPERTY: Final = "PermissionsBoundary"


def _apply() -> None:
    before_resource(_TYPE, _check)
    handlers = provisioners._RESOURCE_HANDLERS[_TYPE]
    create, update = handlers["create"], handlers["update"]

    def create_with_boundary(logical_id: str, properties: Properties, stack_name: str) -> object:
        made = create(logical_id, properties, stack_name)
        iam._roles[made[0]][_PROPERTY] = properties.get(_PROPERTY)
        return made

    def update_with_boundary(
        physical_id: str, old: Properties, new: Properties, *more: str
    ) -> object:
        made = update(physical_id, old, new, *more)
        iam._roles[made[0]][_PROPERTY] = new.get(_PROPERTY)
        return made

    handlers["create"], handlers["update"] = create_with_boundary, update_with_boundary


def _check(_name: str, _old: Properties, new: Properties) -> None:
    policy = new.get(_PROPERTY)
    if policy and not iam._policy_exists(policy):
        message = f"Scope ARN: {policy} does not exist or is not attachable."
        raise Refusal(404, "NoSuchEntity", message)


MEND: Final = Mend(
    aws="The permissions boundary of a role limits it, also when CloudFormation makes the role.",
    source="CloudFormation Template Reference, AWS::IAM::Role PermissionsBoundary",
    apply=_apply,
)
