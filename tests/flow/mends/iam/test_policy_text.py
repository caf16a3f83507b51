"""The characters that policies hold."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.support.flow.policies import refusal_of
from tests.support.flow.running_aws import RunningAws
from tests.support.flow.stacks import TRUST, Stack


def document(prefix: str) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::bucket/{prefix}/*",
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def text(prefix: str) -> str:
    return json.dumps(document(prefix), ensure_ascii=False)


def refused(parameter: str) -> tuple[int, str, str]:
    message = f"The specified value for {parameter} is invalid. "
    return 400, "ValidationError", message + "It must contain only printable ASCII characters."


@pytest.mark.parametrize("prefix", ["日本", "łódź", "“quoted”", "\x7f\u0100"])
def test_a_policy_with_other_characters_is_refused(local_aws: RunningAws, prefix: str) -> None:
    iam, name = local_aws.client("iam"), f"flow-{uuid.uuid4().hex[:8]}"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    of_role = {"RoleName": name, "PolicyName": "inline", "PolicyDocument": text(prefix)}
    assert refusal_of(iam.put_role_policy, **of_role) == refused("policyDocument")
    managed = {"PolicyName": name, "PolicyDocument": text(prefix)}
    assert refusal_of(iam.create_policy, **managed) == refused("policyDocument")
    trust = {"RoleName": f"{name}-2", "AssumeRolePolicyDocument": text(prefix)}
    assert refusal_of(iam.create_role, **trust) == refused("assumeRolePolicyDocument")


def test_a_policy_with_letters_of_latin_1_is_taken(local_aws: RunningAws) -> None:
    iam, name = local_aws.client("iam"), f"flow-{uuid.uuid4().hex[:8]}"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=text("Übung/\tÿ~"))
    # What JSON escapes is plain ASCII on the way.
    escaped = json.dumps(document("日本"))
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=escaped)


def test_a_template_is_refused_too(stack: Stack) -> None:
    policies = [{"PolicyName": "inline", "PolicyDocument": document("日本")}]
    properties = {"AssumeRolePolicyDocument": TRUST, "Policies": policies}
    role = {"Type": "AWS::IAM::Role", "Properties": properties}
    assert stack.make({"Role": role}) == "ROLLBACK_COMPLETE"
    assert "must contain only printable ASCII characters" in stack.reason("Role")
