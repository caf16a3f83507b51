"""Reads outputs of stacks in other Regions too; MiniStack looks in the stack's own only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ministack.core import responses
from ministack.services import cloudformation
from ministack.services.cloudformation import engine

from personalize_local.emulator.mend import Mend

_FUNCTION: Final = "Fn::GetStackOutput"
_OWN_ACCOUNT: Final = (
    "Fn::GetStackOutput of {OutputName} of {StackName} with the role {RoleArn}: the local AWS "
    "reads outputs of the stack's own account only; leave RoleArn out"
)


def _apply() -> None:
    resolve = engine._resolve_refs

    def resolve_anywhere(value: object, *more: object) -> object:
        if not isinstance(value, Mapping) or _FUNCTION not in value:
            return resolve(value, *more)
        asked: dict[str, Any] = {
            name: resolve(given, *more) for name, given in value[_FUNCTION].items()
        }
        if "RoleArn" in asked:
            raise ValueError(_OWN_ACCOUNT.format(**asked))
        region = asked.pop("Region", responses.get_region())
        with responses.request_scope(responses.get_account_id(), region):
            return resolve({_FUNCTION: asked}, *more)

    # Most of them import it by name.
    for module in vars(cloudformation).values():
        if getattr(module, "_resolve_refs", None) is resolve:
            module._resolve_refs = resolve_anywhere


MEND: Final = Mend(
    aws="Fn::GetStackOutput takes a Region.",
    source="CloudFormation Template Reference, Fn::GetStackOutput",
    apply=_apply,
)
