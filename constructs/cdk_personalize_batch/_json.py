"""JSON that CloudFormation completes when it deploys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cdk_personalize_batch._tokens import is_token

if TYPE_CHECKING:
    from aws_cdk import Stack


def to_json(stack: Stack, value: Mapping[str, Any]) -> str:
    """Returns an object as one JSON string.

    A token inside a string stays one in the string around it. Only numbers that stand for tokens
    need the CDK, which writes them without quotes; asking it takes a millisecond.

    Args:
        stack: The stack.
        value: The object.
    """
    if _has_number_token(value):
        return stack.to_json_string(dict(value))
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _has_number_token(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_has_number_token(one) for one in value.values())
    return isinstance(value, int | float) and is_token(value)
