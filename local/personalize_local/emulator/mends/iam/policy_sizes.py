"""Keeps IAM's quotas for the sizes of policies, which MiniStack does not have."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from ministack.services import iam

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.iam.refusals import (
    Parameters,
    Properties,
    Refusal,
    before_call,
    before_resource,
    text_of,
)

_MANAGED: Final = 6144
_TRUST: Final = 2048
# Of all inline policies together.
_INLINE: Final = {"role": 10240, "user": 2048, "group": 5120}
_NAMES: Final = {"role": "RoleName", "user": "UserName", "group": "GroupName"}
_LISTS: Final = {"role": "Roles", "user": "Users", "group": "Groups"}

_Document = str | Mapping[str, Any]


def _apply() -> None:
    for kind in _INLINE:
        before_call(f"Put{kind.capitalize()}Policy", _check_inline(kind))
    before_call("CreatePolicy", _check_managed)
    before_call("CreatePolicyVersion", _check_managed)
    before_call("CreateRole", _check_trust("AssumeRolePolicyDocument"))
    before_call("UpdateAssumeRolePolicy", _check_trust("PolicyDocument"))
    before_resource("AWS::IAM::Role", _check_role)
    before_resource("AWS::IAM::Policy", _check_embedded)
    before_resource("AWS::IAM::ManagedPolicy", _check_managed_resource)


def size_of(document: _Document) -> int:
    """Returns the size of a policy as IAM counts it.

    Args:
        document: The policy.
    """
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return len(re.sub(r"\s", "", str(document)))
    # Not without the white space inside texts: AWS does not say that it is not counted.
    return len(json.dumps(document, separators=(",", ":"), ensure_ascii=False))


def _check_inline(kind: str) -> Callable[[Parameters], None]:
    def check(parameters: Parameters) -> None:
        name = text_of(parameters, _NAMES[kind])
        policy = text_of(parameters, "PolicyName")
        document = text_of(parameters, "PolicyDocument")
        _refuse_large(kind, name, {**_inline(kind, name), policy: document})

    return check


def _check_managed(parameters: Parameters) -> None:
    _refuse_over("PolicySize", size_of(text_of(parameters, "PolicyDocument")), _MANAGED)


def _check_trust(parameter: str) -> Callable[[Parameters], None]:
    def check(parameters: Parameters) -> None:
        _refuse_over("ACLSizePerRole", size_of(text_of(parameters, parameter)), _TRUST)

    return check


def _check_role(name: str, old: Properties, new: Properties) -> None:
    _refuse_over("ACLSizePerRole", size_of(new.get("AssumeRolePolicyDocument", {})), _TRUST)
    gone = {policy["PolicyName"] for policy in old.get("Policies", ())}
    kept = {key: text for key, text in _inline("role", name).items() if key not in gone}
    own = {policy["PolicyName"]: policy["PolicyDocument"] for policy in new.get("Policies", ())}
    _refuse_large("role", new.get("RoleName") or name, {**kept, **own})


def _check_embedded(_: str, old: Properties, new: Properties) -> None:
    for kind, members in _LISTS.items():
        for name in new.get(members, ()):
            policies = dict(_inline(kind, name))
            if name in old.get(members, ()):
                policies.pop(old["PolicyName"], None)
            _refuse_large(kind, name, {**policies, new["PolicyName"]: new["PolicyDocument"]})


def _check_managed_resource(_name: str, _old: Properties, new: Properties) -> None:
    _refuse_over("PolicySize", size_of(new.get("PolicyDocument", {})), _MANAGED)


def _inline(kind: str, name: str) -> Mapping[str, _Document]:
    if kind == "role":
        return (iam._roles.get(name) or {}).get("InlinePolicies") or {}
    store = iam._user_inline_policies if kind == "user" else iam._group_inline_policies
    return store.get(name) or {}


def _refuse_large(kind: str, name: str, policies: Mapping[str, _Document]) -> None:
    most = _INLINE[kind]
    if sum(map(size_of, policies.values())) > most:
        message = f"Maximum policy size of {most} bytes exceeded for {kind} {name}"
        raise Refusal(409, "LimitExceeded", message)


def _refuse_over(quota: str, size: int, most: int) -> None:
    if size > most:
        raise Refusal(409, "LimitExceeded", f"Cannot exceed quota for {quota}: {most}")


MEND: Final = Mend(
    aws="The inline policies of a role, user or group together, a managed policy and a trust policy"
    " have a largest size.",
    source="IAM User Guide, IAM and AWS STS quotas",
    apply=_apply,
)
