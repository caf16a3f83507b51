"""The task ``copy``: makes the objects of one shard, by server-side copies, as often as asked."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from concurrent.futures import Executor, wait
from typing import Any

from personalize_batch_runtime._shards.errors import InputNotFound, InvalidTask, ShardMismatch
from personalize_batch_runtime._shards.s3 import Place, ShardStorage, parse, workers
from personalize_batch_runtime._shards.types import (
    CopyList,
    CopyResult,
    ObjectCopy,
    Quotas,
    ShardItem,
)

# Names the source of an object, so that a repeated task knows its own work.
SOURCE_KEY = "personalize-batch-source"
CONTENT_TYPE = "application/json"

logger = logging.getLogger(__name__)


def copy(event: Mapping[str, Any], storage: ShardStorage, quotas: Quotas) -> CopyResult:
    """Makes sure that the folder of a shard holds exactly its objects.

    What an earlier call has made stays; a failure leaves no multipart upload open.

    Raises:
        RuntimeFailure: One of ``_shards.errors``.
    """
    shard: ShardItem | None = event.get("shard")
    if not isinstance(shard, dict) or not {"inputUri", "copyList"} <= shard.keys():
        raise InvalidTask(f"shard must be an item of the plan, got {str(shard)[:300]!r}.")
    if shard["copyList"] is None:
        return {**shard, "copied": 0, "kept": 0}
    folder = parse(shard["inputUri"], field="shard.inputUri", folder=True)
    copies: CopyList = storage.get_json(Place(**shard["copyList"]))
    with workers() as executor:
        return _Folder(folder, copies, storage, quotas, executor).fill(shard)


class _Folder:
    def __init__(
        self,
        folder: Place,
        copies: CopyList,
        storage: ShardStorage,
        quotas: Quotas,
        executor: Executor,
    ) -> None:
        self._folder = folder
        self._source_bucket = copies["sourceBucket"]
        self._objects = copies["objects"]
        self._storage = storage
        self._quotas = quotas
        self._executor = executor

    def fill(self, shard: ShardItem) -> CopyResult:
        """Copies what is missing, and checks the whole."""
        sizes = self._sizes()
        self._check_no_others(sizes)
        kept = list(self._executor.map(lambda one: self._is_there(one, sizes), self._objects))
        missing = [one for one, there in zip(self._objects, kept, strict=True) if not there]
        ranged = [one for one in missing if self._is_ranged(one)]
        at_once = [one for one in missing if not self._is_ranged(one)]
        for _ in self._executor.map(self._make, at_once):
            pass
        for one in ranged:
            self._copy_range(one)
        self._abort_forgotten_uploads()
        if missing:
            self._check_complete(self._sizes())
        logger.info("%s: %d copied, %d kept", self._folder.uri, len(missing), sum(kept))
        return {**shard, "copied": len(missing), "kept": sum(kept)}

    def _sizes(self) -> dict[str, int]:
        start = len(self._folder.key)
        return {one["Key"][start:]: one["Size"] for one in self._storage.list(self._folder)}

    def _check_no_others(self, sizes: Mapping[str, int]) -> None:
        others = sizes.keys() - {one["name"] for one in self._objects}
        if others:
            raise ShardMismatch(
                f"{self._folder.uri} holds {len(others)} objects that are not of this shard, such "
                f"as {min(others)!r}: the job would read them too. Use another workUri for each "
                "run, and nothing else below it."
            )

    def _check_complete(self, sizes: Mapping[str, int]) -> None:
        self._check_no_others(sizes)
        for one in self._objects:
            size, expected = sizes.get(one["name"]), one["end"] - one["start"]
            if size != expected:
                raise ShardMismatch(
                    f"{(self._folder / one['name']).uri} should have {expected} bytes after the "
                    f"copy, and has {size}. Nothing else may write below workUri; run it again."
                )

    def _is_there(self, one: ObjectCopy, sizes: Mapping[str, int]) -> bool:
        if sizes.get(one["name"]) != one["end"] - one["start"]:
            return False
        target = self._folder / one["name"]
        try:
            found = self._storage.call("head_object", Bucket=target.bucket, Key=target.key)
        except InputNotFound:
            return False
        return bool(found.get("Metadata", {}).get(SOURCE_KEY) == self._source_mark(one))

    def _source_mark(self, one: ObjectCopy) -> str:
        identity = [self._source_bucket, one["sourceKey"], one["sourceETag"], one["start"]]
        return hashlib.sha256(json.dumps([*identity, one["end"]]).encode()).hexdigest()[:32]

    def _is_ranged(self, one: ObjectCopy) -> bool:
        return not _is_whole(one) and one["end"] - one["start"] > self._quotas.smallest_ranged_copy

    def _make(self, one: ObjectCopy) -> None:
        target = self._target(one)
        if _is_whole(one):
            self._storage.call(
                "copy_object",
                **target,
                **self._source(one),
                # Tags are not input, and copying them needs rights of its own.
                TaggingDirective="REPLACE",
                MetadataDirective="REPLACE",
            )
            return
        # S3 copies no range out of an object as small as this one may be.
        source = Place(self._source_bucket, one["sourceKey"])
        chunks = self._storage.chunks(source, one["sourceETag"], one["start"], one["end"])
        self._storage.call("put_object", **target, Body=b"".join(chunks))

    def _copy_range(self, one: ObjectCopy) -> None:
        target = self._folder / one["name"]
        upload = self._storage.call("create_multipart_upload", **self._target(one))["UploadId"]
        try:
            self._storage.call(
                "complete_multipart_upload",
                Bucket=target.bucket,
                Key=target.key,
                UploadId=upload,
                MultipartUpload={"Parts": self._copy_parts(one, target, upload)},
            )
        except BaseException:
            try:
                self._storage.abort_upload(target, upload)
            except Exception:
                # The failure that led here is the one to report; the next call ends the upload.
                logger.exception("%s: multipart upload %s stays open", target.uri, upload)
            raise

    def _copy_parts(self, one: ObjectCopy, target: Place, upload: str) -> list[dict[str, Any]]:
        size = one["end"] - one["start"]
        # Parts of equal size: none is under S3's smallest, whatever the size of the whole.
        count = -(-size // self._quotas.part_bytes)
        ends = [one["start"] + size * n // count for n in range(count + 1)]

        def copy_part(number: int) -> dict[str, Any]:
            answer = self._storage.call(
                "upload_part_copy",
                Bucket=target.bucket,
                Key=target.key,
                UploadId=upload,
                PartNumber=number,
                CopySourceRange=f"bytes={ends[number - 1]}-{ends[number] - 1}",
                **self._source(one),
            )
            return {"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]}

        futures = [self._executor.submit(copy_part, n) for n in range(1, count + 1)]
        try:
            return [future.result() for future in futures]
        except BaseException:
            # A part that ends after the abort would open the upload again.
            for future in futures:
                future.cancel()
            wait(futures)
            raise

    def _abort_forgotten_uploads(self) -> None:
        """Ends what a function that was stopped, or an answer that was lost, has left open."""
        if not any(self._is_ranged(one) for one in self._objects):
            return
        answer = self._storage.call(
            "list_multipart_uploads", Bucket=self._folder.bucket, Prefix=self._folder.key
        )
        for upload in answer.get("Uploads", []):
            place = Place(self._folder.bucket, upload["Key"])
            self._storage.abort_upload(place, upload["UploadId"])

    def _target(self, one: ObjectCopy) -> dict[str, Any]:
        target = self._folder / one["name"]
        return {
            "Bucket": target.bucket,
            "Key": target.key,
            "ContentType": CONTENT_TYPE,
            "Metadata": {SOURCE_KEY: self._source_mark(one)},
        }

    def _source(self, one: ObjectCopy) -> dict[str, Any]:
        return {
            "CopySource": {"Bucket": self._source_bucket, "Key": one["sourceKey"]},
            "CopySourceIfMatch": one["sourceETag"],
        }


def _is_whole(one: ObjectCopy) -> bool:
    return one["start"] == 0 and one["end"] == one["sourceBytes"]
