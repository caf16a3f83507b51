"""Puts substitutions into a definition until none is left; MiniStack does it once for each.

What a substitution has put there can name another one, or itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ministack.services.cloudformation import provisioners

from personalize_local.emulator.mend import Mend

# AWS counts the substitutions of a chain; with one more than there are, it goes round.
_ENDLESS: Final = "Endless loop in the definition's substitutions"


def _apply() -> None:
    read = provisioners._sfn_definition

    def read_and_substitute(properties: Mapping[str, Any]) -> str:
        substitutions = properties.get("DefinitionSubstitutions") or {}
        definition: str = read({**properties, "DefinitionSubstitutions": {}})
        for _ in range(len(substitutions) + 1):
            before = definition
            for name, value in substitutions.items():
                definition = definition.replace(f"${{{name}}}", str(value))
            if definition == before:
                return definition
        raise ValueError(_ENDLESS)

    provisioners._sfn_definition = read_and_substitute


MEND: Final = Mend(
    aws="What a definition's substitution puts there is searched for substitutions again.",
    source="aws-cloudformation/aws-cloudformation-resource-providers-stepfunctions, "
    "DefinitionProcessor",
    apply=_apply,
)
