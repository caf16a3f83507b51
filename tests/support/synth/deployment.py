"""What CloudFormation makes of a template: intrinsic functions with the values of parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any


def deployed(value: Any, parameters: Mapping[str, str]) -> Any:
    """Resolves a value of a template.

    Args:
        value: The value.
        parameters: The values of parameters, and of what else is referred to, such as a resource
            (``Name``) or its attribute (``Name.Arn``); what is not among them becomes its name.
    """
    if isinstance(value, list):
        return [deployed(one, parameters) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, given),) = value.items()
        if name == "Ref":
            return parameters.get(given, given)
        if name == "Fn::GetAtt":
            attribute = ".".join(given)
            return parameters.get(attribute, attribute)
        if name in _FUNCTIONS:
            return _FUNCTIONS[name](deployed(given, parameters))
        if name == "Fn::Sub":
            return _SUB.sub(lambda found: parameters.get(found[1], found[1]), given)
    return {key: deployed(one, parameters) for key, one in value.items()}


_SUB = re.compile(r"\$\{([^!}][^}]*)\}")
_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "Fn::Join": lambda given: str(given[0]).join(given[1]),
    "Fn::Split": lambda given: given[1].split(given[0]),
    "Fn::Select": lambda given: given[1][int(given[0])],
    "Fn::ImportValue": lambda given: given,
}
