"""Refuses policies with characters that IAM does not take, which MiniStack stores."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Final

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.iam.refusals import (
    Parameters,
    Properties,
    Refusal,
    before_call,
    before_resource,
    text_of,
)

_TAKEN: Final = re.compile(r"[\t\n\r\x20-\xff]*")
# What IAM calls the parameter of each operation.
_CALLS: Final = {
    "CreatePolicy": "PolicyDocument",
    "CreatePolicyVersion": "PolicyDocument",
    "CreateRole": "AssumeRolePolicyDocument",
    "PutGroupPolicy": "PolicyDocument",
    "PutRolePolicy": "PolicyDocument",
    "PutUserPolicy": "PolicyDocument",
    "UpdateAssumeRolePolicy": "PolicyDocument",
}


def _apply() -> None:
    for action, parameter in _CALLS.items():
        before_call(action, _check_parameter(parameter))
    before_resource("AWS::IAM::Role", _check_role)
    before_resource("AWS::IAM::Policy", _check_policy)
    before_resource("AWS::IAM::ManagedPolicy", _check_policy)


def _check_parameter(parameter: str) -> Callable[[Parameters], None]:
    def check(parameters: Parameters) -> None:
        _check(parameter, text_of(parameters, parameter))

    return check


def _check_role(_name: str, _old: Properties, new: Properties) -> None:
    _check("AssumeRolePolicyDocument", new.get("AssumeRolePolicyDocument", {}))
    for policy in new.get("Policies", ()):
        _check("PolicyDocument", policy["PolicyDocument"])


def _check_policy(_name: str, _old: Properties, new: Properties) -> None:
    _check("PolicyDocument", new.get("PolicyDocument", {}))


def _check(parameter: str, document: object) -> None:
    text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
    if _TAKEN.fullmatch(text) is None:
        name = parameter[0].lower() + parameter[1:]
        raise Refusal(
            400,
            "ValidationError",
            f"The specified value for {name} is invalid. "
            "It must contain only printable ASCII characters.",
        )


MEND: Final = Mend(
    aws="A policy holds the characters U+0009, U+000A, U+000D and U+0020 to U+00FF only.",
    source="botocore iam policyDocumentType; IAM User Guide, IAM name requirements",
    apply=_apply,
)
