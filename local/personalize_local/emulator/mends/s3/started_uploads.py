"""Dates an object of several parts by the start of its upload; MiniStack dates it by the end."""

from __future__ import annotations

from typing import Any, Final

from ministack.services import s3

from personalize_local.emulator.mend import Mend


def _apply() -> None:
    complete = s3._complete_multipart_upload

    def complete_as_begun(
        bucket: str, key: str, body: bytes, query: dict[str, Any], *more: object
    ) -> object:
        upload = s3._multipart_uploads.get(s3._qp(query, "uploadId"))
        answer = complete(bucket, key, body, query, *more)
        if upload is not None and answer[0] == 200:
            _date(bucket, key, upload["created"])
        return answer

    s3._complete_multipart_upload = complete_as_begun


def _date(bucket: str, key: str, begun: str) -> None:
    made = s3._buckets[bucket]["objects"][key]
    made["last_modified"] = begun
    for version in s3._object_versions.get((bucket, key), ()):
        if version["version_id"] == made.get("version_id"):
            version["last_modified"] = begun


MEND: Final = Mend(
    aws="LastModified of an object that was uploaded in parts is the time at which its upload"
    " began.",
    source="Amazon S3 User Guide, Working with object metadata",
    apply=_apply,
)
