"""Characters in patterns of policies that are marked as themselves."""

from __future__ import annotations

import uuid

import pytest
from botocore.exceptions import ClientError

from tests.support.flow.running_aws import RunningAws


@pytest.mark.parametrize(
    ("pattern", "allowed", "refused"),
    [
        ("a${*}b/*", "a*b/1", "axb/1"),
        ("a${?}b/*", "a?b/1", "axb/1"),
        ("a${$}{*}b/*", "a${x}b/1", "a*b/1"),
        ("a?b/*", "axb/1", "axxb/1"),
        ("a*b", "a\nb", "a\nc"),
        ("a.b", "a.b", "axb"),
        ("a/*", "a/1", "a${aws:nothing}/1"),
        ("${aws:nothing}/*", None, "${aws:nothing}/1"),
    ],
)
def test_a_mark_stands_for_its_character(
    local_aws: RunningAws, pattern: str, allowed: str | None, refused: str
) -> None:
    bucket = f"flow-{uuid.uuid4().hex[:8]}"
    root = local_aws.client("s3")
    root.create_bucket(Bucket=bucket)
    statement = {
        "Effect": "Allow",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/{pattern}",
    }
    s3 = local_aws.client("s3", local_aws.assume_new_role(statement))
    if allowed is not None:
        s3.put_object(Bucket=bucket, Key=allowed, Body=b"1")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket=bucket, Key=refused, Body=b"1")
