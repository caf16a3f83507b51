"""The policies of buckets that templates make."""

from __future__ import annotations

import json
from typing import Any

from tests.support.flow.policies import refusal_of
from tests.support.flow.running_aws import RunningAws
from tests.support.flow.stacks import Stack


def policy(bucket: object) -> dict[str, Any]:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": {"Fn::Sub": ["arn:aws:s3:::${Name}/*", {"Name": bucket}]},
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    properties = {"Bucket": bucket, "PolicyDocument": document}
    return {"Type": "AWS::S3::BucketPolicy", "Properties": properties}


def bucket(name: str, **more: str) -> dict[str, Any]:
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}, **more}


def test_a_second_one_of_a_bucket_is_refused(stack: Stack) -> None:
    made = {"Bucket": bucket(stack.name), "First": policy({"Ref": "Bucket"})}
    second = {**policy({"Ref": "Bucket"}), "DependsOn": "First"}
    assert stack.make({**made, "Second": second}) == "ROLLBACK_COMPLETE"
    expected = f"The bucket policy already exists on bucket {stack.name}."
    assert stack.reason("Second") == expected


def test_one_of_no_bucket_is_refused(stack: Stack) -> None:
    assert stack.make({"Policy": policy(f"{stack.name}-none")}) == "ROLLBACK_COMPLETE"
    assert "The specified bucket does not exist" in stack.reason("Policy")


def test_one_that_the_template_does_not_keep_goes_from_a_bucket_that_it_keeps(
    local_aws: RunningAws, stack: Stack
) -> None:
    s3, name = local_aws.client("s3"), f"{stack.name}-kept"
    made = {"Bucket": bucket(name, DeletionPolicy="Retain"), "Policy": policy({"Ref": "Bucket"})}
    assert stack.make(made) == "CREATE_COMPLETE"
    assert json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"]
    stack.delete()
    stack.reaches(stack.name, "DELETE_COMPLETE")
    s3.head_bucket(Bucket=name)
    assert refusal_of(s3.get_bucket_policy, Bucket=name)[1] == "NoSuchBucketPolicy"


def test_one_that_the_template_keeps_stays(local_aws: RunningAws, stack: Stack) -> None:
    s3, name = local_aws.client("s3"), f"{stack.name}-kept"
    kept = {"DeletionPolicy": "Retain"}
    made = {"Bucket": bucket(name, **kept), "Policy": {**policy({"Ref": "Bucket"}), **kept}}
    assert stack.make(made) == "CREATE_COMPLETE"
    stack.delete()
    stack.reaches(stack.name, "DELETE_COMPLETE")
    assert s3.get_bucket_policy(Bucket=name)["Policy"]
