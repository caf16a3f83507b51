"""Buckets of another account, and objects under its keys."""

from __future__ import annotations

import uuid

import pytest

from tests.support.flow.accounts import OWN_ROOT, Other, Role
from tests.support.flow.policies import refusal_of
from tests.support.flow.running_aws import RunningAws

DENIED = (403, "AccessDenied")


@pytest.fixture
def other(local_aws: RunningAws) -> Other:
    return Other(local_aws)


def test_a_bucket_needs_the_policies_of_both_sides(local_aws: RunningAws, other: Other) -> None:
    able, unable = Role(local_aws, "s3"), Role(local_aws)
    place = {"Bucket": other.bucket, "Key": "key"}
    assert refusal_of(able.client("s3").get_object, **place)[:2] == DENIED
    for principal in (able.arn, OWN_ROOT):
        other.open_bucket(principal)
        able.client("s3").get_object(**place)
        able.client("s3").put_object(**place, Body=b"2")
        able.client("s3").list_objects_v2(Bucket=other.bucket)
        assert refusal_of(unable.client("s3").get_object, **place)[:2] == DENIED
    other.open_bucket(unable.arn)
    assert refusal_of(able.client("s3").get_object, **place)[:2] == DENIED
    assert refusal_of(unable.client("s3").get_object, **place)[:2] == DENIED


def test_a_bucket_can_deny_a_role_of_an_account_that_it_allows(
    local_aws: RunningAws, other: Other
) -> None:
    denied, allowed = Role(local_aws, "s3"), Role(local_aws, "s3")
    other.open_bucket_but(denied.arn)
    place = {"Bucket": other.bucket, "Key": "key"}
    allowed.client("s3").get_object(**place)
    assert refusal_of(denied.client("s3").get_object, **place)[:2] == DENIED


@pytest.mark.parametrize("is_own", [True, False], ids=["own bucket", "bucket there"])
def test_an_object_under_a_key_there_needs_the_policies_of_both_sides(
    local_aws: RunningAws, other: Other, is_own: bool
) -> None:
    able, unable = Role(local_aws, "s3", "kms"), Role(local_aws, "s3")
    bucket = other.bucket
    if is_own:
        bucket = f"flow-{uuid.uuid4().hex[:8]}"
        local_aws.client("s3").create_bucket(Bucket=bucket)
    other.open_bucket(OWN_ROOT)
    encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": other.key}
    put = {"Bucket": bucket, "Key": "encrypted", "Body": b"1", **encrypted}
    assert refusal_of(able.client("s3").put_object, **put)[:2] == DENIED
    other.open_key(OWN_ROOT)
    able.client("s3").put_object(**put)
    able.client("s3").get_object(Bucket=bucket, Key="encrypted")
    assert refusal_of(unable.client("s3").put_object, **put)[:2] == DENIED
    get = unable.client("s3").get_object
    assert refusal_of(get, Bucket=bucket, Key="encrypted")[:2] == DENIED
