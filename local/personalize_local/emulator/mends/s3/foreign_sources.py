"""Copies objects out of buckets of other accounts, which MiniStack does not find.

Whether the caller may read the source has been decided before.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from ministack.core import responses
from ministack.services import s3

from personalize_local.emulator.mend import Mend

_SOURCE: Final = "x-amz-copy-source"


def _apply() -> None:
    copy, copy_part = s3._copy_object, s3._upload_part_copy

    def copy_from_anywhere(bucket: str, key: str, headers: Mapping[str, str]) -> object:
        with _lent(headers):
            return copy(bucket, key, headers)

    def copy_part_from_anywhere(
        bucket: str, key: str, query: Mapping[str, Any], headers: Mapping[str, str]
    ) -> object:
        with _lent(headers):
            return copy_part(bucket, key, query, headers)

    s3._copy_object = copy_from_anywhere
    s3._upload_part_copy = copy_part_from_anywhere


@contextmanager
def _lent(headers: Mapping[str, str]) -> Iterator[None]:
    """Lets the current account see the bucket of a source, and what is kept of the object."""
    source = urllib.parse.unquote(headers.get(_SOURCE, "").partition("?")[0]).lstrip("/")
    bucket, _, key = source.partition("/")
    owner, account = s3._bucket_owner_account(bucket), responses.get_account_id()
    if owner is None or owner == account:
        yield
        return
    lent: list[tuple[Any, object]] = [(s3._buckets, bucket)]
    for store in (s3._object_tags, s3._object_versions):
        lent += [
            (store, name)
            for whose, name in list(store._data)
            if whose == owner and name[:2] == (bucket, key)
        ]
    for store, name in lent:
        store.set_scoped(account, None, name, store.get_scoped(owner, None, name))
    try:
        yield
    finally:
        for store, name in lent:
            store.pop_scoped(account, None, name, None)


MEND: Final = Mend(
    aws="An object of another account's bucket can be copied.",
    source="Amazon S3 API Reference, CopyObject and UploadPartCopy",
    apply=_apply,
)
