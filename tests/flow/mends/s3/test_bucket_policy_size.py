"""The largest policy of a bucket."""

from __future__ import annotations

import json
import uuid
from typing import Any

from tests.support.flow.policies import policy_of, refusal_of
from tests.support.flow.running_aws import RunningAws
from tests.support.flow.stacks import Stack

MESSAGE = "Policy exceeds the maximum allowed document size."


def policy_for(bucket: str, size: int) -> str:
    """A bucket policy of this many characters."""
    who = '"Principal":{"Service":"personalize.amazonaws.com"},'
    text = policy_of(size - len(who)).replace('"Effect"', who + '"Effect"')
    filled = text.replace("bucket/", f"{bucket}/", 1)
    return filled.replace("x" * (len(filled) - size), "", 1)


def test_a_policy_of_a_bucket_has_at_most_20_kb(local_aws: RunningAws) -> None:
    s3, bucket = local_aws.client("s3"), f"flow-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy_for(bucket, 20_480))
    large = policy_for(bucket, 20_481)
    refused = refusal_of(s3.put_bucket_policy, Bucket=bucket, Policy=large)
    assert refused == (400, "MalformedPolicy", MESSAGE)


def test_a_template_keeps_the_size_too(stack: Stack) -> None:
    def resources(size: int) -> dict[str, Any]:
        document = json.loads(policy_for(stack.name, size))
        properties = {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": document}
        return {
            "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": stack.name}},
            "Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": properties},
        }

    assert stack.make(resources(20_480)) == "CREATE_COMPLETE"
    assert stack.make(resources(20_481)) == "UPDATE_ROLLBACK_COMPLETE"
    assert MESSAGE in stack.reason("Policy")
