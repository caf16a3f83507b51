"""IAM's quotas for the sizes of policies."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.support.flow.policies import policy_of, refusal_of
from tests.support.flow.running_aws import RunningAws
from tests.support.flow.stacks import TRUST, Stack

MOST = {"role": 10240, "user": 2048, "group": 5120}


def name_of_new(iam: Any, kind: str) -> str:
    name = f"flow-{uuid.uuid4().hex[:8]}"
    more = {"AssumeRolePolicyDocument": json.dumps(TRUST)} if kind == "role" else {}
    getattr(iam, f"create_{kind}")(**{f"{kind.capitalize()}Name": name}, **more)
    return name


@pytest.mark.parametrize("kind", MOST)
def test_inline_policies_have_a_largest_size_together(local_aws: RunningAws, kind: str) -> None:
    iam, most = local_aws.client("iam"), MOST[kind]
    name = name_of_new(iam, kind)
    put = getattr(iam, f"put_{kind}_policy")
    whose = {f"{kind.capitalize()}Name": name}
    put(**whose, PolicyName="first", PolicyDocument=policy_of(500))
    rest = policy_of(most - 500)
    put(**whose, PolicyName="rest", PolicyDocument=rest)
    put(**whose, PolicyName="rest", PolicyDocument=json.dumps(json.loads(rest), indent=8))
    refusal = refusal_of(put, **whose, PolicyName="rest", PolicyDocument=policy_of(most - 500 + 1))
    assert refusal == (
        409,
        "LimitExceeded",
        f"Maximum policy size of {most} bytes exceeded for {kind} {name}",
    )


def test_a_managed_policy_has_a_largest_size(local_aws: RunningAws) -> None:
    iam, name = local_aws.client("iam"), f"flow-{uuid.uuid4().hex[:8]}"
    refused = (409, "LimitExceeded", "Cannot exceed quota for PolicySize: 6144")
    large = policy_of(6145)
    assert refusal_of(iam.create_policy, PolicyName=name, PolicyDocument=large) == refused
    arn = iam.create_policy(PolicyName=name, PolicyDocument=policy_of(6144))["Policy"]["Arn"]
    version = iam.create_policy_version
    assert refusal_of(version, PolicyArn=arn, PolicyDocument=large) == refused


def test_a_trust_policy_has_a_largest_size(local_aws: RunningAws) -> None:
    iam, name = local_aws.client("iam"), f"flow-{uuid.uuid4().hex[:8]}"
    refused = (409, "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048")
    large = policy_of(2049)
    create = iam.create_role
    assert refusal_of(create, RoleName=name, AssumeRolePolicyDocument=large) == refused
    create(RoleName=name, AssumeRolePolicyDocument=policy_of(2048))
    update = iam.update_assume_role_policy
    assert refusal_of(update, RoleName=name, PolicyDocument=large) == refused


def role(*sizes: int, trust: object = TRUST) -> dict[str, Any]:
    policies = [
        {"PolicyName": f"policy-{number}", "PolicyDocument": json.loads(policy_of(size))}
        for number, size in enumerate(sizes)
    ]
    properties = {"AssumeRolePolicyDocument": trust, "Policies": policies}
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def policy(size: int) -> dict[str, Any]:
    document = json.loads(policy_of(size))
    properties = {"PolicyName": "more", "PolicyDocument": document, "Roles": [{"Ref": "Role"}]}
    return {"Type": "AWS::IAM::Policy", "Properties": properties}


def managed(size: int) -> dict[str, Any]:
    properties = {"PolicyDocument": json.loads(policy_of(size))}
    return {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}


TOO_LARGE: dict[str, tuple[str, str, dict[str, Any]]] = {
    "role": ("Role", "Maximum policy size of 10240 bytes", {"Role": role(5000, 5241)}),
    "policy": ("More", "Maximum policy size", {"Role": role(5000), "More": policy(5241)}),
    "trust": (
        "Role",
        "Cannot exceed quota for ACLSizePerRole: 2048",
        {"Role": role(trust=json.loads(policy_of(2049)))},
    ),
    "managed": ("Policy", "Cannot exceed quota for PolicySize: 6144", {"Policy": managed(6145)}),
}


@pytest.mark.parametrize("what", TOO_LARGE)
def test_a_template_keeps_the_quotas_too(stack: Stack, what: str) -> None:
    resource, message, resources = TOO_LARGE[what]
    assert stack.make(resources) == "ROLLBACK_COMPLETE"
    assert message in stack.reason(resource)
    assert "HandlerErrorCode: ServiceLimitExceeded" in stack.reason(resource)


def test_an_update_is_measured_with_what_the_role_keeps(stack: Stack) -> None:
    assert stack.make({"Role": role(5000), "More": policy(5240)}) == "CREATE_COMPLETE"
    # Takes the place of the first one.
    assert stack.make({"Role": role(4999), "More": policy(5241)}) == "UPDATE_COMPLETE"
    assert stack.make({"Role": role(5000), "More": policy(5241)}) == "UPDATE_ROLLBACK_COMPLETE"
    assert "Maximum policy size" in stack.reason("Role")
