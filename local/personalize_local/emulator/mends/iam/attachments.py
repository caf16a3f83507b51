"""Refuses managed policies that do not exist, or one too many; MiniStack attaches them all."""

from __future__ import annotations

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

_MOST: Final = 10
_KINDS: Final = ("Role", "User", "Group")


def _apply() -> None:
    for kind in _KINDS:
        before_call(f"Attach{kind}Policy", _check_call(kind))
    before_resource("AWS::IAM::Role", _check_role)
    before_resource("AWS::IAM::ManagedPolicy", _check_policy)


def _check_call(kind: str) -> Callable[[Parameters], None]:
    def check(parameters: Parameters) -> None:
        name, policy = text_of(parameters, f"{kind}Name"), text_of(parameters, "PolicyArn")
        if _entities(kind).get(name) is None:
            return
        _refuse_unknown(policy)
        _refuse_more(kind, {*_attached(kind, name), policy})

    return check


def _check_role(name: str, old: Properties, new: Properties) -> None:
    wanted = set(new.get("ManagedPolicyArns", ()))
    for policy in sorted(wanted):
        _refuse_unknown(policy)
    gone = set(old.get("ManagedPolicyArns", ()))
    _refuse_more("Role", (_attached("Role", name) - gone) | wanted)


def _check_policy(_name: str, old: Properties, new: Properties) -> None:
    for kind in _KINDS:
        members = f"{kind}s"
        for name in set(new.get(members, ())) - set(old.get(members, ())):
            _refuse_more(kind, {*_attached(kind, name), "the policy of this resource"})


def _entities(kind: str) -> Mapping[str, Any]:
    stores: dict[str, Mapping[str, Any]] = {
        "Role": iam._roles,
        "User": iam._users,
        "Group": iam._groups,
    }
    return stores[kind]


def _attached(kind: str, name: str) -> set[str]:
    return set((_entities(kind).get(name) or {}).get("AttachedPolicies", ()))


def _refuse_unknown(policy: str) -> None:
    if iam._policy_exists(policy):
        return
    message = f"Policy {policy} does not exist or is not attachable."
    if iam._is_aws_managed_arn(policy):
        message += " If AWS has it: the local AWS does not have its document."
    raise Refusal(404, "NoSuchEntity", message)


def _refuse_more(kind: str, policies: set[str]) -> None:
    if len(policies) > _MOST:
        message = f"Cannot exceed quota for PoliciesPer{kind}: {_MOST}"
        raise Refusal(409, "LimitExceeded", message)


MEND: Final = Mend(
    aws="A managed policy that does not exist cannot be attached, nor an eleventh one.",
    source="IAM API Reference, AttachRolePolicy; IAM User Guide, IAM and AWS STS quotas",
    apply=_apply,
)
