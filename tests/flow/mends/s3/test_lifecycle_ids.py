"""The ids of lifecycle rules."""

from __future__ import annotations

import uuid
from typing import Any

from tests.support.flow.policies import refusal_of
from tests.support.flow.running_aws import RunningAws


def rule(name: str, prefix: str) -> dict[str, Any]:
    return {
        "ID": name,
        "Status": "Enabled",
        "Filter": {"Prefix": prefix},
        "Expiration": {"Days": 1},
    }


def test_two_rules_of_one_id_are_refused(local_aws: RunningAws) -> None:
    s3, bucket = local_aws.client("s3"), f"flow-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=bucket)
    put = s3.put_bucket_lifecycle_configuration
    put(Bucket=bucket, LifecycleConfiguration={"Rules": [rule("one", "a/"), rule("two", "b/")]})
    twins = {"Rules": [rule("one", "a/"), rule("one", "b/")]}
    status, code, message = refusal_of(put, Bucket=bucket, LifecycleConfiguration=twins)
    assert (status, code) == (400, "InvalidArgument")
    assert message == "Rule ID must be unique. Found same ID for more than one rule"
