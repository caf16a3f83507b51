"""How large policies are once they are deployed."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from tests.support.synth.synth import Synth
from tests.support.synth.values import text

# About what the longest names of these resources come to.
DEPLOYED = (
    "arn:aws:iam::123456789012:role/Films-Job42StorageRole0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)


def length(document: object) -> int:
    """The characters of a policy as it is deployed, with long names for what is not yet known."""
    return len(json.dumps(_filled(document), separators=(",", ":")))


def inline_of_roles(synth: Synth) -> Counter[str]:
    """The characters of all inline policies of each role."""
    sizes: Counter[str] = Counter()
    for name, role in synth.resources("AWS::IAM::Role").items():
        for policy in role["Properties"].get("Policies", ()):
            sizes[f"<{name}>"] += length(policy["PolicyDocument"])
    for policy in synth.resources("AWS::IAM::Policy").values():
        for role in policy["Properties"]["Roles"]:
            sizes[text(role)] += length(policy["Properties"]["PolicyDocument"])
    return sizes


def largest(synth: Synth, kind: str) -> int:
    """The characters of the largest policy document among the resources of a type."""
    documents = (one["Properties"]["PolicyDocument"] for one in synth.resources(kind).values())
    return max((length(document) for document in documents), default=0)


def _filled(value: Any) -> Any:
    if isinstance(value, list):
        return [_filled(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "Ref" in value or "Fn::GetAtt" in value:
        return DEPLOYED if "Fn::GetAtt" in value else "us-east-1-long"
    if "Fn::Join" in value:
        return "".join(str(_filled(one)) for one in value["Fn::Join"][1])
    if "Fn::Sub" in value:
        return str(value["Fn::Sub"])
    return {key: _filled(one) for key, one in value.items()}
