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


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
