"""Values of CloudFormation as plain data."""

from __future__ import annotations

import re
from typing import Any


def text(value: Any) -> str:
    """A CloudFormation value as text: references become `<logical id>`."""
    if isinstance(value, str):
        return value
    ((name, argument),) = value.items()
    if name == "Ref":
        return f"<{argument.removeprefix('AWS::')}>"
    if name == "Fn::GetAtt":
        return f"<{argument[0]}.{argument[1]}>"
    if name == "Fn::Sub":
        return re.sub(r"\$\{(?:AWS::)?([^}]*)\}", r"<\1>", str(argument))
    if name == "Fn::Join":
        return str(argument[0].join(text(part) for part in argument[1]))
    return f"<{name} {argument}>"


def texts(value: Any) -> Any:
    """A value with everything in it that CloudFormation completes as text."""
    if isinstance(value, list):
        return [texts(one) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and (name := next(iter(value))) and (name == "Ref" or name[:4] == "Fn::"):
        return text(value)
    return {key: texts(one) for key, one in value.items()}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
