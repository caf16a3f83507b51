"""Which managed policies can be attached, and how many."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from personalize_local.host.environment import ACCOUNT
from tests.support.flow.policies import policy_of, refusal_of
from tests.support.flow.running_aws import RunningAws
from tests.support.flow.stacks import TRUST, Stack

UNKNOWN = [f"arn:aws:iam::{ACCOUNT}:policy/none", "arn:aws:iam::aws:policy/AWSLambdaRole"]


def name_of_new(iam: Any, kind: str) -> str:
    name = f"flow-{uuid.uuid4().hex[:8]}"
    more = {"AssumeRolePolicyDocument": json.dumps(TRUST)} if kind == "role" else {}
    getattr(iam, f"create_{kind}")(**{f"{kind.capitalize()}Name": name}, **more)
    return name


def new_policies(iam: Any, number: int) -> list[str]:
    return [
        iam.create_policy(PolicyName=f"flow-{uuid.uuid4().hex[:8]}", PolicyDocument=policy_of(200))[
            "Policy"
        ]["Arn"]
        for _ in range(number)
    ]


@pytest.mark.parametrize("policy", UNKNOWN)
@pytest.mark.parametrize("kind", ["role", "user", "group"])
def test_a_policy_that_does_not_exist_is_refused(
    local_aws: RunningAws, kind: str, policy: str
) -> None:
    iam = local_aws.client("iam")
    whose = {f"{kind.capitalize()}Name": name_of_new(iam, kind)}
    attach = getattr(iam, f"attach_{kind}_policy")
    status, code, message = refusal_of(attach, **whose, PolicyArn=policy)
    assert (status, code) == (404, "NoSuchEntity")
    assert message.startswith(f"Policy {policy} does not exist or is not attachable.")


@pytest.mark.parametrize("kind", ["role", "user", "group"])
def test_the_eleventh_policy_is_refused(local_aws: RunningAws, kind: str) -> None:
    iam = local_aws.client("iam")
    whose = {f"{kind.capitalize()}Name": name_of_new(iam, kind)}
    attach = getattr(iam, f"attach_{kind}_policy")
    *ten, eleventh = new_policies(iam, 11)
    for policy in ten:
        attach(**whose, PolicyArn=policy)
    attach(**whose, PolicyArn=ten[0])
    assert refusal_of(attach, **whose, PolicyArn=eleventh) == (
        409,
        "LimitExceeded",
        f"Cannot exceed quota for PoliciesPer{kind.capitalize()}: 10",
    )


def role(*policies: str) -> dict[str, Any]:
    properties = {"AssumeRolePolicyDocument": TRUST, "ManagedPolicyArns": list(policies)}
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def test_a_template_cannot_attach_them_either(local_aws: RunningAws, stack: Stack) -> None:
    eleven = new_policies(local_aws.client("iam"), 11)
    assert stack.make({"Role": role(*eleven[:10])}) == "CREATE_COMPLETE"
    assert stack.make({"Role": role(*eleven[1:])}) == "UPDATE_COMPLETE"
    assert stack.make({"Role": role(*eleven)}) == "UPDATE_ROLLBACK_COMPLETE"
    assert "Cannot exceed quota for PoliciesPerRole: 10" in stack.reason("Role")


def test_a_template_cannot_attach_what_does_not_exist(stack: Stack) -> None:
    assert stack.make({"Role": role(UNKNOWN[1])}) == "ROLLBACK_COMPLETE"
    assert "does not exist or is not attachable" in stack.reason("Role")
    assert "HandlerErrorCode: NotFound" in stack.reason("Role")


def test_a_template_cannot_attach_its_own_policy_as_the_eleventh(
    local_aws: RunningAws, stack: Stack
) -> None:
    ten = new_policies(local_aws.client("iam"), 10)
    properties = {"PolicyDocument": json.loads(policy_of(200)), "Roles": [{"Ref": "Role"}]}
    own = {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}
    assert stack.make({"Role": role(*ten), "Own": own}) == "ROLLBACK_COMPLETE"
    assert "Cannot exceed quota for PoliciesPerRole: 10" in stack.reason("Own")
