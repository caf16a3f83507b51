"""Buckets that are not empty when their stack is deleted."""

from __future__ import annotations

import pytest

from tests.support.flow.running_aws import RunningAws
from tests.support.flow.stacks import Stack


@pytest.mark.parametrize("is_versioned", [False, True])
def test_one_is_not_deleted(local_aws: RunningAws, stack: Stack, is_versioned: bool) -> None:
    s3 = local_aws.client("s3")
    status = "Enabled" if is_versioned else "Suspended"
    properties = {"VersioningConfiguration": {"Status": status}}
    made = {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}}
    assert stack.make(made) == "CREATE_COMPLETE"
    name = stack.physical_id("Bucket")
    s3.put_object(Bucket=name, Key="key", Body=b"1")
    if is_versioned:
        s3.delete_object(Bucket=name, Key="key")
    stack.delete()
    assert stack.finished() == "DELETE_FAILED"
    reasons = {event[0]: event[2] for event in stack.events() if event[1] == "DELETE_FAILED"}
    assert "The bucket you tried to delete is not empty" in reasons["Bucket"]
    for version in s3.list_object_versions(Bucket=name).get("Versions", ()):
        s3.delete_object(Bucket=name, Key="key", VersionId=version["VersionId"])
    for marker in s3.list_object_versions(Bucket=name).get("DeleteMarkers", ()):
        s3.delete_object(Bucket=name, Key="key", VersionId=marker["VersionId"])
    stack.delete()
    stack.reaches(stack.name, "DELETE_COMPLETE")
