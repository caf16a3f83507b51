"""JSON that CloudFormation completes when it deploys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cdk_personalize_batch._cdk.deployed_text import IN_JSON, deployed

if TYPE_CHECKING:
    from aws_cdk import Stack


def to_json(stack: Stack, value: Mapping[str, Any]) -> str:
    """Returns an object as one JSON string, which text of the deployment cannot end."""
    return dumped(deployed(stack, value, IN_JSON))


def dumped(value: Mapping[str, Any]) -> str:
    """Returns an object as one JSON string, whose text is harmless already.

    A token inside a string stays one in the string around it. The CDK finds numbers that stand for
    tokens in text as well, and writes the number that the deployment knows.
    """
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
