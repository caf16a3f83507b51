"""Refuses bucket policies over S3's size, which MiniStack stores."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from ministack.services import s3
from ministack.services.cloudformation import provisioners

from personalize_local.emulator.mend import Mend

# 20 KB.
_MOST: Final = 20_480
_MESSAGE: Final = "Policy exceeds the maximum allowed document size."
_TYPE: Final = "AWS::S3::BucketPolicy"


def _apply() -> None:
    put = s3._put_bucket_policy
    handlers = provisioners._RESOURCE_HANDLERS[_TYPE]
    create, update = handlers["create"], handlers["update"]

    def put_small(bucket: str, body: bytes) -> object:
        if len(body) > _MOST:
            return s3._error("MalformedPolicy", _MESSAGE, 400, f"/{bucket}")
        return put(bucket, body)

    def create_small(logical_id: str, properties: Mapping[str, Any], stack: str) -> object:
        _check(properties)
        return create(logical_id, properties, stack)

    def update_small(
        physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], *more: str
    ) -> object:
        _check(new)
        return update(physical_id, old, new, *more)

    s3._put_bucket_policy = put_small
    handlers["create"], handlers["update"] = create_small, update_small


def _check(properties: Mapping[str, Any]) -> None:
    document = properties.get("PolicyDocument", {})
    if not isinstance(document, str):
        document = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    if len(document.encode()) > _MOST:
        raise ValueError(provisioners._sdk_error(_MESSAGE, "S3", 400))


MEND: Final = Mend(
    aws="A bucket policy has at most 20 KB.",
    source="Amazon S3 User Guide, Adding a bucket policy by using the Amazon S3 console",
    apply=_apply,
)
