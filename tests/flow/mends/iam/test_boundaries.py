"""The permissions boundary of a role that CloudFormation makes."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from personalize_local.host.environment import ACCOUNT
from tests.support.flow.running_aws import RunningAws
from tests.support.flow.stacks import Stack

EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def role(boundary: object) -> dict[str, Any]:
    who = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    trust = {"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole"}
    properties = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "PermissionsBoundary": boundary,
        "Policies": [
            {
                "PolicyName": "all",
                "PolicyDocument": {"Version": "2012-10-17", "Statement": [EVERYTHING]},
            }
        ],
    }
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def test_it_limits_the_role(local_aws: RunningAws, stack: Stack) -> None:
    statement = {"Effect": "Allow", "Action": "iam:ListRoles", "Resource": "*"}
    policy = local_aws.client("iam").create_policy(
        PolicyName=f"flow-{uuid.uuid4().hex[:8]}", PolicyDocument=local_aws.policy(statement)
    )["Policy"]["Arn"]
    outputs = {"Arn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}}
    assert stack.make({"Role": role(policy)}, Outputs=outputs) == "CREATE_COMPLETE"
    session = {"RoleArn": stack.outputs()["Arn"], "RoleSessionName": "test"}
    credentials = local_aws.client("sts").assume_role(**session)["Credentials"]
    iam = local_aws.client("iam", credentials)
    iam.list_roles()
    with pytest.raises(ClientError, match="iam:ListUsers"):
        iam.list_users()
    read_only = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
    assert stack.make({"Role": role(read_only)}, Outputs=outputs) == "UPDATE_COMPLETE"
    iam.list_users()


def test_one_that_does_not_exist_is_refused(stack: Stack) -> None:
    assert stack.make({"Role": role(f"arn:aws:iam::{ACCOUNT}:policy/none")}) == "ROLLBACK_COMPLETE"
    assert "does not exist or is not attachable" in stack.reason("Role")
