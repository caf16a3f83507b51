"""Buckets that stay when their stack goes."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from cdk_personalize_batch import BatchStorage
from tests.support.synth.synth import Synth


@pytest.mark.aws("a kept bucket loses its policy")
@pytest.mark.parametrize(
    "removal_policy", [None, cdk.RemovalPolicy.RETAIN, cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE]
)
def test_a_bucket_that_is_kept_keeps_its_policy(
    synth: Synth, removal_policy: cdk.RemovalPolicy | None
) -> None:
    storage = BatchStorage(synth.stack, "Storage", removal_policy=removal_policy)
    synth.job(storage=storage)
    buckets = synth.resources("AWS::S3::Bucket")
    policies = {
        policy["Properties"]["Bucket"]["Ref"]: policy
        for policy in synth.resources("AWS::S3::BucketPolicy").values()
    }
    assert len(buckets) == 3
    for name, bucket in buckets.items():
        for when in ("DeletionPolicy", "UpdateReplacePolicy"):
            assert bucket[when].startswith("Retain")
            assert policies[name][when] == bucket[when]


def test_the_policy_of_a_bucket_that_goes_goes_with_it(synth: Synth) -> None:
    storage = BatchStorage(synth.stack, "Storage", removal_policy=cdk.RemovalPolicy.DESTROY)
    synth.job(storage=storage)
    gone = [
        policy
        for name, policy in synth.resources("AWS::S3::BucketPolicy").items()
        if name.startswith("Storage")
    ]
    assert [policy.get("DeletionPolicy", "Delete") for policy in gone] == ["Delete", "Delete"]
