"""An S3 in memory that keeps S3's rules, counts requests, and holds content without storing it.

The tests of the shards use it, and the benchmark of their planning.
"""

# boto3 is untyped.
# ruff: noqa: ANN401

from __future__ import annotations

import functools
import hashlib
import json
import threading
from collections import Counter
from typing import Any

import botocore.session
from botocore.exceptions import ClientError, EndpointConnectionError, IncompleteReadError
from botocore.validate import ParamValidator

MIB = 1024 * 1024


class Stored:
    """Bytes."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.size = len(content)

    def read(self, start: int, end: int) -> bytes:
        return self.content[start:end]


class Lines:
    """As many records as wanted, of one width, computed from the offset."""

    def __init__(self, count: int, digits: int = 8) -> None:
        self.width = len(self._line(0, digits))
        self.count = count
        self.digits = digits
        self.size = count * self.width

    def read(self, start: int, end: int) -> bytes:
        first, last = start // self.width, -(-min(end, self.size) // self.width)
        text = b"".join(self._line(n, self.digits) for n in range(first, last))
        return text[start - first * self.width : end - first * self.width]

    @staticmethod
    def _line(number: int, digits: int) -> bytes:
        return b'{"userId":"%0*d"}\n' % (digits, number % 10**digits)


class Joined:
    """Ranges of other objects, one after the other."""

    def __init__(self, ranges: list[tuple[Any, int, int]]) -> None:
        self.ranges = ranges
        self.size = sum(end - start for _, start, end in ranges)

    def read(self, start: int, end: int) -> bytes:
        found, at = [], 0
        for blob, first, last in self.ranges:
            low, high = max(start, at), min(end, at + last - first)
            if low < high:
                found.append(blob.read(first + low - at, first + high - at))
            at += last - first
        return b"".join(found)


class Body:
    def __init__(self, blob: Any, start: int, end: int, breaks_at: int | None) -> None:
        self.blob, self.at, self.end, self.breaks_at = blob, start, end, breaks_at

    def read(self, amount: int | None = None) -> bytes:
        end = self.end if amount is None else min(self.end, self.at + amount)
        if self.breaks_at is not None and end > self.breaks_at:
            raise IncompleteReadError(actual_bytes=0, expected_bytes=end - self.at)
        content = self.blob.read(self.at, end)
        self.at = end
        return bytes(content)


@functools.cache
def _shape(operation: str) -> Any:
    model = botocore.session.get_session().get_service_model("s3")
    return next(
        model.operation_model(name).input_shape
        for name in model.operation_names
        if botocore.xform_name(name) == operation
    )


def refused(operation: str, code: str, status: int) -> Any:
    answer = {
        "Error": {"Code": code, "Message": "no"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, operation)


class FakeS3:
    """The operations that the shard tasks use, with the limits of S3."""

    def __init__(self, *, smallest_part: int = 5 * MIB) -> None:
        self.smallest_part = smallest_part
        self.objects: dict[str, dict[str, Any]] = {"in": {}, "out": {}}
        self.uploads: dict[str, dict[str, Any]] = {}
        self.calls: Counter[str] = Counter()
        self.read_bytes = 0
        self.faults: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._names = 0

    def put(self, bucket: str, key: str, content: Any, metadata: Any = None) -> None:
        blob = Stored(content) if isinstance(content, bytes) else content
        self._names += 1
        text = content if isinstance(content, bytes) else str((blob.size, self._names)).encode()
        etag = f'"{hashlib.md5(text, usedforsecurity=False).hexdigest()}"'
        self.objects[bucket][key] = {"blob": blob, "etag": etag, "metadata": metadata or {}}

    def content(self, bucket: str, key: str) -> bytes:
        blob = self.objects[bucket][key]["blob"]
        return bytes(blob.read(0, blob.size))

    def json(self, location: dict[str, str]) -> Any:
        return json.loads(self.content(location["bucket"], location["key"]))

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        found = (key for key in self.objects[bucket] if key.startswith(prefix))
        return sorted(found, key=lambda key: key.encode())

    def fail(self, operation: str, code: str, status: int = 400, **when: Any) -> None:
        """Makes calls fail: ``after`` so many good ones, ``times`` calls, ``effect`` done first."""
        self.faults.append({"operation": operation, "code": code, "status": status, **when})

    def __getattr__(self, operation: str) -> Any:
        do = object.__getattribute__(self, f"_{operation}")

        def call(**parameters: Any) -> Any:
            # boto3 writes a CopySource out before it checks the parameters.
            written = {k: str(v) if k == "CopySource" else v for k, v in parameters.items()}
            problems = ParamValidator().validate(written, _shape(operation))
            assert not problems.has_errors(), problems.generate_report()
            with self._lock:
                self.calls[operation] += 1
                fault = self._fault(operation)
                if fault and not fault.get("effect"):
                    raise self._error(fault)
                answer = do(**parameters)
                if fault:
                    raise self._error(fault)
                return answer

        return call

    def _fault(self, operation: str) -> dict[str, Any] | None:
        for fault in self.faults:
            if fault["operation"] == operation:
                if fault.get("after", 0) > 0:
                    fault["after"] -= 1
                elif fault.setdefault("times", 1) > 0:
                    fault["times"] -= 1
                    return fault
        return None

    @staticmethod
    def _error(fault: dict[str, Any]) -> Any:
        if fault["code"] == "dropped":
            return EndpointConnectionError(endpoint_url="https://s3")
        return refused(fault["operation"], fault["code"], fault["status"])

    def _found(self, operation: str, bucket: str, key: str) -> Any:
        if bucket not in self.objects:
            raise refused(operation, "NoSuchBucket", 404)
        if key not in self.objects[bucket]:
            code = "404" if operation == "HeadObject" else "NoSuchKey"
            raise refused(operation, code, 404)
        return self.objects[bucket][key]

    def _list_objects_v2(self, Bucket: str, Prefix: str, ContinuationToken: str = "") -> Any:
        if Bucket not in self.objects:
            raise refused("ListObjectsV2", "NoSuchBucket", 404)
        keys = [k for k in self.keys(Bucket, Prefix) if k.encode() > ContinuationToken.encode()]
        page = keys[:1000]
        answer: dict[str, Any] = {"KeyCount": len(page), "IsTruncated": len(keys) > len(page)}
        if page:
            answer["Contents"] = [
                {"Key": k, "Size": one["blob"].size, "ETag": one["etag"]}
                for k in page
                for one in [self.objects[Bucket][k]]
            ]
        if answer["IsTruncated"]:
            answer["NextContinuationToken"] = page[-1]
        return answer

    def _get_object(self, Bucket: str, Key: str, Range: str = "", IfMatch: str = "") -> Any:
        found = self._found("GetObject", Bucket, Key)
        if IfMatch and IfMatch != found["etag"]:
            raise refused("GetObject", "PreconditionFailed", 412)
        start, end = 0, found["blob"].size
        if Range:
            first, last = Range.removeprefix("bytes=").split("-")
            start, end = int(first), min(end, int(last) + 1)
            assert start < end
        self.read_bytes += end - start
        fault = self._fault("body")
        return {"Body": Body(found["blob"], start, end, start + fault["at"] if fault else None)}

    def _head_object(self, Bucket: str, Key: str) -> Any:
        found = self._found("HeadObject", Bucket, Key)
        return {"Metadata": found["metadata"], "ContentLength": found["blob"].size}

    def _put_object(self, Bucket: str, Key: str, Body: bytes, ContentType: str, **more: Any) -> Any:
        self.put(Bucket, Key, Body, more.get("Metadata"))
        return {}

    def _copied(self, operation: str, source: dict[str, str], etag: str) -> Any:
        found = self._found(operation, source["Bucket"], source["Key"])
        if etag != found["etag"]:
            raise refused(operation, "PreconditionFailed", 412)
        return found["blob"]

    def _copy_object(self, Bucket: str, Key: str, CopySource: Any, **more: Any) -> Any:
        blob = self._copied("CopyObject", CopySource, more["CopySourceIfMatch"])
        assert blob.size <= 5 * 1024 * MIB
        assert more["MetadataDirective"] == more["TaggingDirective"] == "REPLACE"
        self.put(Bucket, Key, Joined([(blob, 0, blob.size)]), more["Metadata"])
        return {"CopyObjectResult": {"ETag": self.objects[Bucket][Key]["etag"]}}

    def _create_multipart_upload(self, Bucket: str, Key: str, **more: Any) -> Any:
        upload = f"upload-{len(self.uploads) + self.calls['create_multipart_upload']}"
        self.uploads[upload] = {"place": (Bucket, Key), "parts": {}, **more}
        return {"UploadId": upload}

    def _upload_part_copy(
        self,
        Bucket: str,
        Key: str,
        UploadId: str,
        PartNumber: int,
        CopySource: Any,
        CopySourceRange: str,
        CopySourceIfMatch: str,
    ) -> Any:
        if UploadId not in self.uploads:
            raise refused("UploadPartCopy", "NoSuchUpload", 404)
        blob = self._copied("UploadPartCopy", CopySource, CopySourceIfMatch)
        first, last = map(int, CopySourceRange.removeprefix("bytes=").split("-"))
        assert 0 <= first <= last < blob.size
        assert last - first < 5 * 1024 * MIB
        assert 1 <= PartNumber <= 10_000
        if blob.size <= self.smallest_part:
            raise refused("UploadPartCopy", "InvalidRequest", 400)
        self.uploads[UploadId]["parts"][PartNumber] = (blob, first, last + 1)
        return {"CopyPartResult": {"ETag": f'"{UploadId}-{PartNumber}"'}}

    def _complete_multipart_upload(
        self, Bucket: str, Key: str, UploadId: str, MultipartUpload: Any
    ) -> Any:
        if UploadId not in self.uploads:
            raise refused("CompleteMultipartUpload", "NoSuchUpload", 404)
        upload = self.uploads[UploadId]
        numbers = [part["PartNumber"] for part in MultipartUpload["Parts"]]
        assert numbers == sorted(numbers)
        assert upload["place"] == (Bucket, Key)
        ranges = [upload["parts"][number] for number in numbers]
        if any(end - start < self.smallest_part for _, start, end in ranges[:-1]):
            raise refused("CompleteMultipartUpload", "EntityTooSmall", 400)
        self.put(Bucket, Key, Joined(ranges), upload["Metadata"])
        del self.uploads[UploadId]
        return {}

    def _abort_multipart_upload(self, Bucket: str, Key: str, UploadId: str) -> Any:
        if self.uploads.pop(UploadId, None) is None:
            raise refused("AbortMultipartUpload", "NoSuchUpload", 404)
        return {}

    def _list_multipart_uploads(self, Bucket: str, Prefix: str) -> Any:
        found = [
            {"Key": one["place"][1], "UploadId": name}
            for name, one in self.uploads.items()
            if one["place"][0] == Bucket and one["place"][1].startswith(Prefix)
        ]
        return {"Uploads": found} if found else {}
