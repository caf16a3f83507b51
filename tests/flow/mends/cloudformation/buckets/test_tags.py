"""Buckets of a stack have its tags."""

from __future__ import annotations

import json

from tests.support.flow.running_aws import RunningAws
from tests.support.flow.stacks import Stack


def tags_of(aws: RunningAws, bucket: str) -> dict[str, str]:
    found = aws.client("s3").get_bucket_tagging(Bucket=bucket)["TagSet"]
    return {one["Key"]: one["Value"] for one in found}


def template(bucket: str, **tags: str) -> str:
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    properties = {"BucketName": bucket, "Tags": listed}
    return json.dumps(
        {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}}}
    )


def test_a_bucket_has_the_tags_of_its_template(local_aws: RunningAws, stack: Stack) -> None:
    name = f"{stack.name}-tagged"
    stack.create(template(name, team="one"))
    assert stack.finished() == "CREATE_COMPLETE"
    tags = tags_of(local_aws, name)
    assert tags["team"] == "one"
    assert tags["aws:cloudformation:stack-name"] == stack.name
    assert tags["aws:cloudformation:logical-id"] == "Bucket"
    stack.update(template(name, owner="two"))
    assert stack.finished() == "UPDATE_COMPLETE"
    assert {"team", "owner"} & set(tags_of(local_aws, name)) == {"owner"}
