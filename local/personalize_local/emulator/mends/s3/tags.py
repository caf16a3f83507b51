"""Asks for the rights to tags of objects that are copied or written, and keeps those of uploads.

MiniStack copies the tags of an object without asking, and forgets those of an upload in parts.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from typing import Any, Final

from ministack.core import iam_actions
from ministack.services import s3

from personalize_local.emulator.mend import Mend

_TAGS: Final = "x-amz-tagging"
_DIRECTIVE: Final = "x-amz-tagging-directive"
_SOURCE: Final = "x-amz-copy-source"
_GIVEN: Final = "personalize_local_tags"

_Headers = Mapping[str, str]
_Checks = list[tuple[str, str]]


def _apply() -> None:
    _ask()
    _keep()


def _ask() -> None:
    checks = iam_actions.s3_additional_checks

    def with_tags(
        method: str, path: str, headers: _Headers, body: bytes, query: Mapping[str, Any]
    ) -> _Checks:
        more = _of_tags(method, path, headers, query)
        return [*checks(method, path, headers, body, query), *more]

    iam_actions.s3_additional_checks = with_tags


def _of_tags(method: str, path: str, headers: _Headers, query: Mapping[str, Any]) -> _Checks:
    is_object = path.strip("/").count("/") > 0
    is_write = (method == "PUT" and "uploadId" not in query and "tagging" not in query) or (
        method == "POST" and "uploads" in query
    )
    if not is_object or not is_write:
        return []
    put = [("s3:PutObjectTagging", f"arn:aws:s3:::{path.strip('/')}")]
    if _SOURCE not in headers or headers.get(_DIRECTIVE, "COPY").upper() == "REPLACE":
        return put if headers.get(_TAGS) else []
    source, version, has_tags = _source(headers)
    if not has_tags:
        return []
    get = "s3:GetObjectVersionTagging" if version else "s3:GetObjectTagging"
    return [(get, f"arn:aws:s3:::{source}"), *put]


def _source(headers: _Headers) -> tuple[str, str | None, bool]:
    """Returns the object that is copied, the version if one is asked for, and if it has tags."""
    path, _, query = headers[_SOURCE].partition("?")
    source = urllib.parse.unquote(path).lstrip("/")
    version = dict(urllib.parse.parse_qsl(query)).get("versionId")
    bucket, _, key = source.partition("/")
    owner = s3._bucket_owner_account(bucket)
    if owner is None:
        return source, version, False
    made = s3._buckets.get_scoped(owner, None, bucket)["objects"].get(key) or {}
    place = bucket, key, version or made.get("version_id")
    return source, version, bool(s3._object_tags.get_scoped(owner, None, place))


def _keep() -> None:
    create, complete = s3._create_multipart_upload, s3._complete_multipart_upload

    def create_with_tags(bucket: str, key: str, headers: _Headers) -> object:
        before = set(s3._multipart_uploads.keys())
        answer = create(bucket, key, headers)
        for upload in set(s3._multipart_uploads.keys()) - before:
            s3._multipart_uploads[upload][_GIVEN] = headers.get(_TAGS, "")
        return answer

    def complete_with_tags(
        bucket: str, key: str, body: bytes, query: dict[str, Any], *more: object
    ) -> object:
        upload = s3._multipart_uploads.get(s3._qp(query, "uploadId"), {})
        answer = complete(bucket, key, body, query, *more)
        if answer[0] == 200 and (given := upload.get(_GIVEN)):
            version = s3._buckets[bucket]["objects"][key].get("version_id")
            tags = dict(urllib.parse.parse_qsl(given, keep_blank_values=True))
            s3._object_tags[bucket, key, version] = tags
        return answer

    s3._create_multipart_upload = create_with_tags
    s3._complete_multipart_upload = complete_with_tags


MEND: Final = Mend(
    aws="CopyObject copies tags and then needs s3:GetObjectTagging on the source and"
    " s3:PutObjectTagging on the target; whatever writes tags needs the latter.",
    source="Amazon S3 API Reference, CopyObject and CreateMultipartUpload",
    apply=_apply,
)
