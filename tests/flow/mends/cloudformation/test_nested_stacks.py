"""Nested stacks, which are updated and deleted by their own templates."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.flow.running_aws import RunningAws
from tests.support.flow.stacks import Stack

TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": {"Fn::GetAtt": ["Bucket", "Arn"]},
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


class Parent:
    """A stack with a nested stack, whose template lies in a bucket."""

    def __init__(self, aws: RunningAws, stack: Stack) -> None:
        self._aws, self.stack, self._s3 = aws, stack, aws.client("s3")
        self._bucket, self._made = f"{stack.name}-templates", 0
        self._s3.create_bucket(Bucket=self._bucket)

    def make(self, resources: dict[str, Any]) -> str:
        self._made += 1
        key = f"{self._made}.json"
        body = json.dumps({"Resources": resources})
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=body.encode())
        url = f"{self._aws.local_aws.endpoint_url}/{self._bucket}/{key}"
        nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}
        return self.stack.make({"Nested": nested})

    def has(self, bucket: str) -> bool:
        try:
            self._s3.head_bucket(Bucket=bucket)
        except ClientError:
            return False
        return True


@pytest.fixture
def parent(local_aws: RunningAws, stack: Stack) -> Parent:
    return Parent(local_aws, stack)


def bucket(name: str, **more: str) -> dict[str, Any]:
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}, **more}


def tls_only_bucket(name: str) -> dict[str, Any]:
    document = {"Version": "2012-10-17", "Statement": [TLS_ONLY]}
    properties = {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": document}
    policy = {"Type": "AWS::S3::BucketPolicy", "Properties": properties}
    return {"Bucket": bucket(name), "Policy": policy}


def test_one_is_updated(parent: Parent) -> None:
    resources = tls_only_bucket(f"{parent.stack.name}-one")
    assert parent.make(resources) == "CREATE_COMPLETE"
    resources["Other"] = bucket(f"{parent.stack.name}-two")
    assert parent.make(resources) == "UPDATE_COMPLETE"
    assert parent.has(f"{parent.stack.name}-two")
    del resources["Other"]
    assert parent.make(resources) == "UPDATE_COMPLETE"
    assert not parent.has(f"{parent.stack.name}-two")


def test_one_is_deleted_by_the_deletion_policies_of_its_template(parent: Parent) -> None:
    gone, kept = f"{parent.stack.name}-gone", f"{parent.stack.name}-kept"
    resources = {"Gone": bucket(gone), "Kept": bucket(kept, DeletionPolicy="Retain")}
    assert parent.make(resources) == "CREATE_COMPLETE"
    parent.stack.delete()
    parent.stack.reaches(parent.stack.name, "DELETE_COMPLETE")
    assert parent.has(kept)
    assert not parent.has(gone)


def test_one_whose_creation_fails_leaves_nothing(parent: Parent) -> None:
    made = f"{parent.stack.name}-made"
    wrong = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "x"}}
    wrong["Properties"] = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/none"],
    }
    wrong["DependsOn"] = "Bucket"
    assert parent.make({"Bucket": bucket(made), "Wrong": wrong}) == "ROLLBACK_COMPLETE"
    assert not parent.has(made)
