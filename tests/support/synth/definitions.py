"""Definitions of state machines that lie beside their template."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_PLACE = re.compile(r"\$\{(\w+)\}")


def inlined(machine: Mapping[str, Any], folder: str | Path) -> Any:
    """The definition of a machine's properties, with what CloudFormation puts into it.

    A machine that is not the library's can have its definition in the template.

    Args:
        machine: The properties.
        folder: The cloud assembly.
    """
    if "DefinitionString" in machine:
        return machine["DefinitionString"]
    path = Path(folder, f"asset.{machine['DefinitionS3Location']['Key']}")
    # Charsets of those who read it may differ.
    parts: list[Any] = _PLACE.split(path.read_bytes().decode("ascii"))
    substitutions = machine["DefinitionSubstitutions"]
    parts[1::2] = [substitutions[name] for name in parts[1::2]]
    return {"Fn::Join": ["", parts]}
