"""When an object was last modified that was uploaded in parts."""

from __future__ import annotations

import time
import uuid

import pytest

from tests.support.flow.running_aws import RunningAws


@pytest.mark.parametrize("is_versioned", [False, True])
def test_it_is_the_time_at_which_the_upload_began(
    local_aws: RunningAws, is_versioned: bool
) -> None:
    s3, bucket = local_aws.client("s3"), f"flow-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=bucket)
    if is_versioned:
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    place = {"Bucket": bucket, "Key": "large"}
    upload = {**place, "UploadId": s3.create_multipart_upload(**place)["UploadId"]}
    (begun,) = [one["Initiated"] for one in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]]
    etag = s3.upload_part(**upload, PartNumber=1, Body=b"part")["ETag"]
    # S3 writes whole seconds.
    time.sleep(1.1)
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    s3.complete_multipart_upload(**upload, MultipartUpload=parts)
    seen = [
        s3.head_object(**place)["LastModified"],
        s3.list_objects_v2(Bucket=bucket)["Contents"][0]["LastModified"],
        s3.list_object_versions(Bucket=bucket)["Versions"][0]["LastModified"],
    ]
    assert {one.replace(microsecond=0) for one in seen} == {begun.replace(microsecond=0)}
