"""The objects in S3 that queries read and write."""

from __future__ import annotations

import bz2
import gzip
from typing import Final, NamedTuple

from ministack.services import s3

from personalize_local.emulator.mends.athena.queries.failures import QueryFailed

_SCHEME: Final = "s3://"


class Place(NamedTuple):
    """A bucket, and a key or the beginning of keys."""

    bucket: str
    key: str

    @property
    def uri(self) -> str:
        """The place as a URI."""
        return f"{_SCHEME}{self.bucket}/{self.key}"

    def below(self, name: str) -> Place:
        """Returns a place in this folder.

        Args:
            name: The rest of the key.
        """
        folder = self.key if not self.key or self.key.endswith("/") else f"{self.key}/"
        return Place(self.bucket, folder + name)


def parse(uri: str) -> Place | None:
    """Returns a place; None where a URI is none of S3.

    Args:
        uri: The URI.
    """
    bucket, _, key = uri.removeprefix(_SCHEME).partition("/")
    return Place(bucket, key) if uri.startswith(_SCHEME) and bucket else None


def has_bucket(bucket: str) -> bool:
    """Tells whether there is a bucket.

    Args:
        bucket: Its name.
    """
    return bucket in s3._buckets


def listed(folder: Place) -> list[Place]:
    """Returns the objects in a folder, as Athena reads it: hidden ones and markers are left out.

    Args:
        folder: The folder.
    """
    bucket = s3._buckets.get(folder.bucket)
    prefix = folder.below("").key
    return [
        Place(folder.bucket, key)
        for key in sorted(bucket["objects"] if bucket else ())
        if key.startswith(prefix) and not key.endswith("/") and not _is_hidden(key[len(prefix) :])
    ]


def is_empty(folder: Place) -> bool:
    """Tells whether there is no object in a folder, hidden or not.

    Args:
        folder: The folder.
    """
    bucket = s3._buckets.get(folder.bucket)
    prefix = folder.below("").key
    return not any(
        key.startswith(prefix) and key != prefix for key in (bucket["objects"] if bucket else ())
    )


def read(place: Place) -> bytes:
    """Returns the content of an object.

    Args:
        place: The object.
    """
    return s3._get_object_data(place.bucket, place.key) or b""


def unpacked(place: Place, content: bytes) -> bytes:
    """Returns the content of an object of text, which its suffix says how to unpack.

    Args:
        place: The object.
        content: Its content as it is stored.
    """
    if place.key.endswith(".gz"):
        return gzip.decompress(content)
    return bz2.decompress(content) if place.key.endswith(".bz2") else content


def write(place: Place, content: bytes, content_type: str = "application/octet-stream") -> None:
    """Puts an object.

    Args:
        place: Where.
        content: Its content.
        content_type: Its type.

    Raises:
        QueryFailed: S3 refuses it.
    """
    headers = {"content-type": content_type, "content-length": str(len(content))}
    status, _, body = s3._put_object(place.bucket, place.key, content, headers)
    if status >= 300:
        raise QueryFailed("PERMISSION_DENIED", f"cannot write {place.uri}: {body.decode()}")


def _is_hidden(name: str) -> bool:
    return any(part.startswith(("_", ".")) for part in name.split("/"))
