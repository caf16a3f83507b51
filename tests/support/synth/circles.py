"""Circles among the resources of a template, which CloudFormation refuses."""

from __future__ import annotations

import re
from graphlib import CycleError, TopologicalSorter
from typing import Any

_SUB = re.compile(r"\$\{([^.}]+)[^}]*\}")


def circle(template: dict[str, Any]) -> list[str]:
    """Returns the logical ids of a circle; none where each resource can be made."""
    resources = template["Resources"]
    needs = {
        name: {one for one in _needed(resource) if one in resources}
        | set(_as_list(resource.get("DependsOn", [])))
        for name, resource in resources.items()
    }
    try:
        tuple(TopologicalSorter(needs).static_order())
    except CycleError as error:
        return list(error.args[1])
    return []


def _needed(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_needed, value))
    if not isinstance(value, dict):
        return set()
    if isinstance(value.get("Ref"), str):
        return {value["Ref"]}
    if "Fn::GetAtt" in value:
        return {value["Fn::GetAtt"][0]}
    found = _needed(list(value.values()))
    if "Fn::Sub" in value:
        found |= set(_SUB.findall(str(value["Fn::Sub"])))
    return found


def _as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
