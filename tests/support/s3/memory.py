"""The operations of S3 that the project uses: checked, counted, and failing where told to."""

from __future__ import annotations

import functools
import hashlib
import json
import threading
from collections import Counter
from collections.abc import Mapping
from typing import IO, Any, NamedTuple

import botocore.session
from botocore.exceptions import EndpointConnectionError
from botocore.validate import ParamValidator

from tests.support.errors import refused
from tests.support.s3.blobs import Blob, Body, Joined, Stored

MIB = 1024 * 1024
_MOST_COPIED_AT_ONCE = 5 * 1024 * MIB
_MOST_PARTS = 10_000
_ACTIONS = {
    "list_objects_v2": "s3:ListBucket",
    "get_object": "s3:GetObject",
    "put_object": "s3:PutObject",
}


class Held(NamedTuple):
    """An object."""

    blob: Blob
    etag: str
    metadata: Mapping[str, str]


@functools.cache
def _shape(operation: str) -> Any:
    model = botocore.session.get_session().get_service_model("s3")
    return next(
        model.operation_model(name).input_shape
        for name in model.operation_names
        if botocore.xform_name(name) == operation
    )


class MemoryS3:
    """Some buckets, with the limits of S3; every operation is a method, as in a boto3 client.

    Attributes:
        objects: What the buckets hold, by bucket and key.
        puts: The requests of PutObject, without their content.
        uploads: The multipart uploads that are open, by id.
        calls: How often each operation was called.
        read_bytes: How much was read.
        denied: What AWS refuses, such as `s3:GetObject in`.
        page_size: How many objects a page lists at most.
        closed: Whether the client was closed.
    """

    def __init__(self, *buckets: str, smallest_part: int = 5 * MIB, page_size: int = 1000) -> None:
        self.smallest_part = smallest_part
        self.page_size = page_size
        self.objects: dict[str, dict[str, Held]] = {name: {} for name in buckets or ("in", "out")}
        self.puts: list[dict[str, Any]] = []
        self.uploads: dict[str, dict[str, Any]] = {}
        self.calls: Counter[str] = Counter()
        self.read_bytes = 0
        self.denied: set[str] = set()
        self.closed = False
        self._faults: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._names = 0

    def put(
        self, bucket: str, key: str, content: bytes | Blob, metadata: Mapping[str, str] = {}
    ) -> None:
        """Puts an object in place, without a call."""
        blob = Stored(content) if isinstance(content, bytes) else content
        self._names += 1
        text = content if isinstance(content, bytes) else str((blob.size, self._names)).encode()
        etag = f'"{hashlib.md5(text, usedforsecurity=False).hexdigest()}"'
        self.objects[bucket][key] = Held(blob, etag, metadata)

    def content(self, bucket: str, key: str) -> bytes:
        blob = self.objects[bucket][key].blob
        return blob.read(0, blob.size)

    def json(self, location: dict[str, str]) -> Any:
        return json.loads(self.content(location["bucket"], location["key"]))

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        found = (key for key in self.objects[bucket] if key.startswith(prefix))
        return sorted(found, key=lambda key: key.encode())

    def fail(self, operation: str, code: str, status: int = 400, **when: Any) -> None:
        """Makes calls fail: ``after`` so many good ones, ``times`` calls, ``effect`` done first."""
        self._faults.append({"operation": operation, "code": code, "status": status, **when})

    def upload_fileobj(
        self, content: IO[bytes], bucket: str, key: str, ExtraArgs: Mapping[str, str]
    ) -> None:
        """What boto3 makes of PutObject."""
        self.put_object(Bucket=bucket, Key=key, Body=content.read(), **ExtraArgs)

    def close(self) -> None:
        self.closed = True

    def __getattr__(self, operation: str) -> Any:
        do = object.__getattribute__(self, f"_{operation}")

        def call(**parameters: Any) -> Any:
            # boto3 writes a CopySource out before it checks the parameters.
            written = {k: str(v) if k == "CopySource" else v for k, v in parameters.items()}
            problems = ParamValidator().validate(written, _shape(operation))
            assert not problems.has_errors(), problems.generate_report()
            with self._lock:
                self.calls[operation] += 1
                if f"{_ACTIONS.get(operation)} {parameters['Bucket']}" in self.denied:
                    raise refused(operation, "AccessDenied", 403)
                fault = self._fault(operation)
                if fault and not fault.get("effect"):
                    raise self._error(fault)
                answer = do(**parameters)
                if fault:
                    raise self._error(fault)
                return answer

        return call

    def _fault(self, operation: str) -> dict[str, Any] | None:
        for fault in self._faults:
            if fault["operation"] == operation:
                if fault.get("after", 0) > 0:
                    fault["after"] -= 1
                elif fault.setdefault("times", 1) > 0:
                    fault["times"] -= 1
                    return fault
        return None

    @staticmethod
    def _error(fault: dict[str, Any]) -> Exception:
        if fault["code"] == "dropped":
            dropped: Exception = EndpointConnectionError(endpoint_url="https://s3")
            return dropped
        return refused(fault["operation"], fault["code"], fault["status"])

    def _found(self, operation: str, bucket: str, key: str) -> Held:
        if bucket not in self.objects:
            raise refused(operation, "NoSuchBucket", 404)
        if key not in self.objects[bucket]:
            code = "404" if operation == "HeadObject" else "NoSuchKey"
            raise refused(operation, code, 404, "The specified key does not exist.")
        return self.objects[bucket][key]

    def _list_objects_v2(
        self, Bucket: str, Prefix: str = "", ContinuationToken: str = "", MaxKeys: int = 1000
    ) -> Any:
        if Bucket not in self.objects:
            raise refused("ListObjectsV2", "NoSuchBucket", 404)
        keys = [k for k in self.keys(Bucket, Prefix) if k.encode() > ContinuationToken.encode()]
        page = keys[: min(self.page_size, MaxKeys)]
        answer: dict[str, Any] = {"KeyCount": len(page), "IsTruncated": len(keys) > len(page)}
        if page:
            answer["Contents"] = [
                {"Key": k, "Size": one.blob.size, "ETag": one.etag}
                for k in page
                for one in [self.objects[Bucket][k]]
            ]
        if answer["IsTruncated"]:
            answer["NextContinuationToken"] = page[-1]
        return answer

    def _get_object(self, Bucket: str, Key: str, Range: str = "", IfMatch: str = "") -> Any:
        found = self._found("GetObject", Bucket, Key)
        if IfMatch and IfMatch != found.etag:
            raise refused("GetObject", "PreconditionFailed", 412)
        start, end = 0, found.blob.size
        answer: dict[str, Any] = {}
        if Range:
            first, last = Range.removeprefix("bytes=").split("-")
            start, end = int(first), min(end, int(last) + 1)
            if start >= end:
                raise refused("GetObject", "InvalidRange", 416)
            answer["ContentRange"] = f"bytes {start}-{end - 1}/{found.blob.size}"
        self.read_bytes += end - start
        fault = self._fault("body")
        breaks_at = start + fault["at"] if fault else None
        return {**answer, "Body": Body(found.blob, start, end, breaks_at)}

    def _head_object(self, Bucket: str, Key: str) -> Any:
        found = self._found("HeadObject", Bucket, Key)
        return {"Metadata": found.metadata, "ContentLength": found.blob.size}

    def _put_object(self, Bucket: str, Key: str, Body: bytes, **more: Any) -> Any:
        if Bucket not in self.objects:
            raise refused("PutObject", "NoSuchBucket", 404)
        self.put(Bucket, Key, Body, more.get("Metadata", {}))
        self.puts.append({"Bucket": Bucket, "Key": Key, **more})
        return {}

    def _copied(self, operation: str, source: dict[str, str], etag: str) -> Held:
        found = self._found(operation, source["Bucket"], source["Key"])
        if etag and etag != found.etag:
            raise refused(operation, "PreconditionFailed", 412)
        return found

    def _copy_object(
        self, Bucket: str, Key: str, CopySource: Any, CopySourceIfMatch: str = "", **more: Any
    ) -> Any:
        found = self._copied("CopyObject", CopySource, CopySourceIfMatch)
        assert found.blob.size <= _MOST_COPIED_AT_ONCE
        if "Metadata" in more:
            assert more["MetadataDirective"] == more["TaggingDirective"] == "REPLACE"
        content = Joined([(found.blob, 0, found.blob.size)])
        self.put(Bucket, Key, content, more.get("Metadata", found.metadata))
        return {"CopyObjectResult": {"ETag": self.objects[Bucket][Key].etag}}

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
        blob = self._copied("UploadPartCopy", CopySource, CopySourceIfMatch).blob
        first, last = map(int, CopySourceRange.removeprefix("bytes=").split("-"))
        assert 0 <= first <= last < blob.size
        assert last - first < _MOST_COPIED_AT_ONCE
        assert 1 <= PartNumber <= _MOST_PARTS
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
