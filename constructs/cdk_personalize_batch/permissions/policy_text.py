"""Policy statements as text that a person can paste into a policy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aws_cdk import Stack

from cdk_personalize_batch._cdk.tokens import is_token

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam


def as_text(stack: Stack, statement: iam.PolicyStatement) -> str:
    """Returns a statement as JSON; what only the deployment knows is named in capitals."""
    known = {
        "AWS::AccountId": "ACCOUNT" if is_token(stack.account) else stack.account,
        "AWS::Partition": "aws-cn" if stack.region.startswith("cn-") else "aws",
        "AWS::Region": "REGION" if is_token(stack.region) else stack.region,
    }
    return json.dumps(_filled(stack.resolve(statement.to_statement_json()), known))


def _filled(value: Any, known: dict[str, str]) -> Any:  # noqa: ANN401 - a JSON value
    if isinstance(value, list):
        return [_filled(one, known) for one in value]
    if not isinstance(value, dict):
        return value
    if "Ref" in value:
        return known.get(value["Ref"], str(value["Ref"]).upper())
    if "Fn::GetAtt" in value:
        return "_".join(value["Fn::GetAtt"]).upper()
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return separator.join(str(_filled(part, known)) for part in parts)
    if len(value) == 1 and next(iter(value)).startswith("Fn::"):
        return "KNOWN_WHEN_DEPLOYED"
    return {key: _filled(one, known) for key, one in value.items()}
