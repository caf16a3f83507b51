"""Evaluates the functions in a template's conditions, most of which MiniStack takes as they stand.

`Fn::Equals` of "" and an `Fn::Join` that yields "" is false for it, so that the role with which
the CDK deploys got no policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ministack.services import cloudformation
from ministack.services.cloudformation import engine

from personalize_local.emulator.mend import Mend

_FUNCTIONS: Final = ("Fn::FindInMap", "Fn::Join", "Fn::Split", "Fn::Sub")
_KNOWN: Final = ("AWS::AccountId", "AWS::Partition", "AWS::Region", "AWS::URLSuffix")


def _apply() -> None:
    evaluate = engine._evaluate_conditions

    def evaluate_with_functions(
        template: Mapping[str, Any], parameters: Mapping[str, Any]
    ) -> Mapping[str, bool]:
        def resolve(value: object) -> object:
            if isinstance(value, list):
                return [resolve(one) for one in value]
            if not isinstance(value, dict):
                return value
            if value.get("Ref") in _KNOWN or any(name in value for name in _FUNCTIONS):
                mappings = template.get("Mappings", {})
                return engine._resolve_refs(value, {}, parameters, {}, mappings, "", "")
            return {name: resolve(one) for name, one in value.items()}

        resolved = {**template, "Conditions": resolve(template.get("Conditions", {}))}
        result: Mapping[str, bool] = evaluate(resolved, parameters)
        return result

    for module in vars(cloudformation).values():
        if getattr(module, "_evaluate_conditions", None) is evaluate:
            module._evaluate_conditions = evaluate_with_functions


MEND: Final = Mend(
    aws="A condition's values can be made by Fn::Join, Fn::Sub, Fn::FindInMap, Fn::Split and the"
    " pseudo parameters.",
    source="CloudFormation Template Reference, Condition functions; the CDK's bootstrap template",
    apply=_apply,
)
