"""Copies out of a bucket of another account."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.flow.accounts import Other, Role
from tests.support.flow.policies import refusal_of
from tests.support.flow.running_aws import RunningAws


@pytest.fixture
def other(local_aws: RunningAws) -> Other:
    return Other(local_aws)


def test_a_copy_has_the_content_and_the_tags(
    local_aws: RunningAws, other: Other, bucket: str
) -> None:
    role, source = Role(local_aws, "s3"), f"{other.bucket}/key"
    s3 = role.client("s3")
    copy = {"Bucket": bucket, "Key": "copy", "CopySource": source}
    assert refusal_of(s3.copy_object, **copy)[1] == "AccessDenied"
    other.open_bucket(role.arn)
    s3.put_object(Bucket=other.bucket, Key="key", Body=b"there", Tagging="a=b")
    s3.copy_object(**copy)
    place = {"Bucket": bucket, "Key": "copy"}
    assert s3.get_object(**place)["Body"].read() == b"there"
    assert s3.get_object_tagging(**place)["TagSet"] == [{"Key": "a", "Value": "b"}]
    # The own account has the copy, and still not the bucket.
    assert other.bucket not in [one["Name"] for one in s3.list_buckets()["Buckets"]]


def test_a_part_can_be_copied(local_aws: RunningAws, other: Other, bucket: str) -> None:
    role = Role(local_aws, "s3")
    other.open_bucket(role.arn)
    s3 = role.client("s3")
    place: dict[str, Any] = {"Bucket": bucket, "Key": "parts"}
    place["UploadId"] = s3.create_multipart_upload(**place)["UploadId"]
    source = f"{other.bucket}/key"
    part = s3.upload_part_copy(**place, PartNumber=1, CopySource=source)["CopyPartResult"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(**place, MultipartUpload=parts)
    assert s3.get_object(Bucket=bucket, Key="parts")["Body"].read() == b"1"
