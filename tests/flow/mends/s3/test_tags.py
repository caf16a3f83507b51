"""Tags of objects that are copied or written, and the rights that this takes."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.flow.policies import refusal_of
from tests.support.flow.running_aws import RunningAws

COPIES = ("s3:GetObject", "s3:PutObject")
TAGGING = "project=a&stage=b"
TAGS = {"project": "a", "stage": "b"}


class Setting:
    """A bucket with an object that has tags and one that has none."""

    def __init__(self, aws: RunningAws) -> None:
        self._aws, self._root = aws, aws.client("s3")
        self.bucket = f"flow-{uuid.uuid4().hex[:8]}"
        self._root.create_bucket(Bucket=self.bucket)
        self._root.put_object(Bucket=self.bucket, Key="plain", Body=b"1")
        self._root.put_object(Bucket=self.bucket, Key="tagged", Body=b"1", Tagging=TAGGING)

    def client(self, *actions: str) -> Any:
        """S3 with the rights to these actions on the bucket's objects, and to no more."""
        resource = f"arn:aws:s3:::{self.bucket}/*"
        allowed = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
        return self._aws.client("s3", self._aws.assume_new_role(allowed))

    def copy(self, s3: Any, source: str, **options: str) -> Callable[[], Any]:
        place = {"Bucket": self.bucket, "Key": "copy", "CopySource": f"{self.bucket}/{source}"}
        return lambda: s3.copy_object(**place, **options)

    def tags(self, key: str) -> dict[str, str]:
        found = self._root.get_object_tagging(Bucket=self.bucket, Key=key)["TagSet"]
        return {one["Key"]: one["Value"] for one in found}


@pytest.fixture
def setting(local_aws: RunningAws) -> Setting:
    return Setting(local_aws)


@pytest.mark.parametrize(
    ("actions", "lacking"),
    [
        (COPIES, "s3:GetObjectTagging"),
        ((*COPIES, "s3:PutObjectTagging"), "s3:GetObjectTagging"),
        ((*COPIES, "s3:GetObjectTagging"), "s3:PutObjectTagging"),
    ],
)
def test_a_copy_of_an_object_with_tags_needs_both_rights(
    setting: Setting, actions: tuple[str, ...], lacking: str
) -> None:
    status, code, message = refusal_of(setting.copy(setting.client(*actions), "tagged"))
    assert (status, code) == (403, "AccessDenied")
    assert lacking in message


def test_with_both_rights_the_tags_are_copied(setting: Setting) -> None:
    setting.copy(setting.client("s3:*Object", "s3:*ObjectTagging"), "tagged")()
    assert setting.tags("copy") == TAGS


def test_a_copy_of_an_object_without_tags_needs_neither(setting: Setting) -> None:
    setting.copy(setting.client(*COPIES), "plain")()
    assert setting.tags("copy") == {}


def test_a_copy_that_leaves_the_tags_needs_neither(setting: Setting) -> None:
    setting.copy(setting.client(*COPIES), "tagged", TaggingDirective="REPLACE")()
    assert setting.tags("copy") == {}


@pytest.mark.parametrize("source", ["plain", "tagged"])
def test_a_copy_with_new_tags_needs_the_right_to_write_them(setting: Setting, source: str) -> None:
    new = {"TaggingDirective": "REPLACE", "Tagging": "new=1"}
    refused = refusal_of(setting.copy(setting.client(*COPIES), source, **new))
    assert "s3:PutObjectTagging" in refused[2]
    setting.copy(setting.client(*COPIES, "s3:PutObjectTagging"), source, **new)()
    assert setting.tags("copy") == {"new": "1"}


def test_a_new_object_with_tags_needs_the_right_to_write_them(setting: Setting) -> None:
    new = {"Bucket": setting.bucket, "Key": "new", "Body": b"", "Tagging": TAGGING}
    refused = refusal_of(setting.client("s3:PutObject").put_object, **new)
    assert "s3:PutObjectTagging" in refused[2]
    setting.client("s3:PutObject", "s3:PutObjectTagging").put_object(**new)
    assert setting.tags("new") == TAGS


def test_an_upload_in_parts_has_its_tags(setting: Setting) -> None:
    place: dict[str, Any] = {"Bucket": setting.bucket, "Key": "parts"}
    create = setting.client("s3:PutObject").create_multipart_upload
    assert "s3:PutObjectTagging" in refusal_of(create, **place, Tagging=TAGGING)[2]
    s3 = setting.client("s3:PutObject", "s3:PutObjectTagging")
    place["UploadId"] = s3.create_multipart_upload(**place, Tagging=TAGGING)["UploadId"]
    part = s3.upload_part(**place, PartNumber=1, Body=b"part")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(**place, MultipartUpload=parts)
    assert setting.tags("parts") == TAGS
