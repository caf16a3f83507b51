"""The task ``plan``: from what lies below a URI to shards that each fit one job."""

from __future__ import annotations

import functools
import itertools
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

from personalize_batch_runtime._hidden import is_hidden
from personalize_batch_runtime._shards.cuts import Cutter, count_lines
from personalize_batch_runtime._shards.errors import (
    InputNotFound,
    InputOverlap,
    InputTooLarge,
    InvalidTask,
)
from personalize_batch_runtime._shards.layout import Piece, Shard, Source, lay_out
from personalize_batch_runtime._shards.s3 import (
    LONGEST_JOB_PATH,
    Place,
    ShardStorage,
    parse,
    workers,
)
from personalize_batch_runtime._shards.types import PLAN_VERSION, CopyList, Plan, Quotas, ShardItem

T = TypeVar("T")

# Hidden, as Athena calls it: neither input nor a result.
MANIFEST_NAME = "_manifest.json"
# Personalize writes <input file>.out.
RESULT_SUFFIX = ".out"

# A state of Step Functions holds 256 KiB; the workflow keeps more in it than the plan.
LARGEST_INLINE_PLAN = 200_000

# The cuts of so many shards are looked for, and so many files are counted, at the same time.
SHARDS_AT_A_TIME = 16
FILES_AT_A_TIME = 64

LONGEST_FILE_NAME = 100

logger = logging.getLogger(__name__)


def plan(event: Mapping[str, Any], storage: ShardStorage, quotas: Quotas) -> Plan:
    """Cuts the input into shards that each are within the quotas of one job.

    Nothing of the input is copied. What is to be copied is written below the work URI, one list
    for each shard that cannot be used where it lies.

    Raises:
        RuntimeFailure: One of ``_shards.errors``.
    """
    planner = _Planner(event, storage, quotas, storage.put_json)
    return planner.answer(planner.items())


def whole_plan(event: Mapping[str, Any], storage: ShardStorage, quotas: Quotas) -> Plan:
    """Plans the same, but has all shards in the plan and writes nothing.

    Raises:
        RuntimeFailure: One of ``_shards.errors``.
    """
    planner = _Planner(event, storage, quotas, lambda place, value: None)
    return planner.whole(planner.items())


class _Planner:
    def __init__(
        self,
        event: Mapping[str, Any],
        storage: ShardStorage,
        quotas: Quotas,
        write: Callable[[Place, object], None],
    ) -> None:
        self._storage = storage
        self._quotas = quotas
        self._write = write
        self._input = parse(event.get("inputUri"), field="inputUri")
        self._work = parse(event.get("workUri"), field="workUri", folder=True)
        self._output = parse(event.get("outputUri"), field="outputUri", folder=True)
        self._limit = _count(event, "recordsPerFile", least=1)
        self._most_inline = _count(event, "inlineShards", least=0)
        self._skipped = 0
        self._check_places()

    def items(self) -> list[ShardItem]:
        """Returns the shards of the input, and writes their copy lists."""
        with workers() as executor:
            items = self._items(executor)
        if not items:
            raise InputNotFound(
                f"{self._input.uri} has no input: there is no object that is not empty, not a "
                f"result (*{RESULT_SUFFIX}) and not hidden by an underscore or a dot before its "
                f"name or that of a folder; skipped: {self._skipped}. Put JSON Lines files there, "
                "or correct the URI."
            )
        return items

    def answer(self, items: list[ShardItem]) -> Plan:
        """Returns the plan, with the shards in it or in S3."""
        answer = self.whole(items)
        too_many = self._most_inline is not None and len(items) > self._most_inline
        if too_many or len(json.dumps(answer)) > LARGEST_INLINE_PLAN:
            place = self._work / "plan/shards.json"
            self._write(place, items)
            answer["shards"], answer["itemReader"] = [], place.location
        logger.info("%s: %d shards, %d bytes", self._input.uri, len(items), answer["bytes"])
        return answer

    def whole(self, items: list[ShardItem]) -> Plan:
        """Returns the plan with the shards in it."""
        return {
            "version": PLAN_VERSION,
            "inputUri": self._input.uri,
            "workUri": self._work.uri,
            "outputUri": self._output.uri,
            "shardCount": len(items),
            "fileCount": sum(item["files"] for item in items),
            "bytes": sum(item["bytes"] for item in items),
            "records": _total([item["records"] for item in items]),
            "skippedFiles": self._skipped,
            "shards": items,
            "itemReader": None,
        }

    def _items(self, executor: Executor) -> list[ShardItem]:
        sources = self._sources()
        if self._limit is not None and self._limit < self._quotas.file_records:
            sources = self._counted(sources, self._limit, executor)
        cutter = Cutter(self._storage, self._input.bucket, self._quotas.windows, executor)
        items: list[ShardItem] = []
        written: list[Future[None]] = []
        for shards in _batches(lay_out(sources, self._quotas), SHARDS_AT_A_TIME):
            for shard in shards:
                cutter.start(shard)
            for shard in shards:
                pieces = cutter.finish(shard)
                # Short stretches can lie inside one long line, which is in the shard before.
                if pieces:
                    item = self._item(len(items) + 1, shard, pieces)
                    items.append(item)
                    if item["copyList"]:
                        place, copies = Place(**item["copyList"]), self._copies(pieces)
                        written.append(executor.submit(self._write, place, copies))
        for future in written:
            future.result()
        return items

    def _check_places(self) -> None:
        for field, place in (("workUri", self._work), ("outputUri", self._output)):
            if place.uri.startswith(self._input.uri):
                raise InputOverlap(
                    f"{field} {place.uri} lies below inputUri {self._input.uri}: the next run "
                    "would take what this one writes for input. Use another prefix."
                )
        if self._work.uri.startswith(self._output.uri) or self._output.uri.startswith(
            self._work.uri
        ):
            raise InputOverlap(
                f"workUri {self._work.uri} and outputUri {self._output.uri} overlap: results "
                "would be taken for input. Use two prefixes, neither below the other."
            )

    def _sources(self) -> Iterator[Source]:
        listed = self._storage.list(self._input)
        for found in listed:
            key, size = found["Key"], found["Size"]
            if key == self._input.key and not key.endswith("/"):
                # One object was named; Personalize would read every key that starts with it.
                yield Source(key, found["ETag"], size, used=size > 0)
                for other in itertools.islice(listed, 1):
                    yield Source(other["Key"], other["ETag"], other["Size"], used=False)
                return
            if size == 0 and key.endswith("/"):
                continue
            used = (
                size > 0 and not key.endswith(RESULT_SUFFIX) and not is_hidden(key, self._input.key)
            )
            self._skipped += not used
            yield Source(key, found["ETag"], size, used=used)

    def _counted(
        self, sources: Iterable[Source], limit: int, executor: Executor
    ) -> Iterator[Source]:
        count = functools.partial(self._with_lines, limit=limit)
        total = 0
        for batch in _batches(sources, FILES_AT_A_TIME):
            total += sum(source.size for source in batch if source.used)
            if total > self._quotas.counted_bytes:
                raise InputTooLarge(
                    f"{self._input.uri} has more than {self._quotas.counted_bytes} bytes: with at "
                    f"most {limit} records in a file every line has to be counted. Run it in "
                    "several parts."
                )
            yield from executor.map(count, batch)

    def _with_lines(self, source: Source, limit: int) -> Source:
        if not source.used:
            return source
        return count_lines(self._storage, self._input.bucket, source, limit)

    def _item(self, index: int, shard: Shard, pieces: list[Piece]) -> ShardItem:
        name = f"shard-{index:05}"
        prefix = shard.own_prefix(self._input.key)
        own = Place(self._input.bucket, prefix) if prefix is not None else None
        if own and len(own.uri) > LONGEST_JOB_PATH:
            own = None
        place = own or self._work / f"{name}/"
        output = self._output / f"{name}/"
        for field, path in (("workUri", place), ("outputUri", output)):
            if len(path.uri) > LONGEST_JOB_PATH:
                raise InvalidTask(
                    f"{field} is too long: {path.uri} has {len(path.uri)} characters, and the "
                    f"path of a job has at most {LONGEST_JOB_PATH}. Use a shorter prefix."
                )
        return {
            "index": index,
            "name": name,
            "inputUri": place.uri,
            "outputUri": output.uri,
            "files": len(pieces),
            "bytes": sum(piece.end - piece.start for piece in pieces),
            "records": _total([piece.records for piece in pieces]),
            "copyList": None if own else (self._work / f"plan/{name}.json").location,
        }

    def _copies(self, pieces: list[Piece]) -> CopyList:
        return {
            "version": PLAN_VERSION,
            "sourceBucket": self._input.bucket,
            "objects": [
                {
                    # The number keeps the order, and files of one name in two folders apart.
                    "name": f"{number:04}-{_file_name(piece.source.key)}",
                    "sourceKey": piece.source.key,
                    "sourceETag": piece.source.etag,
                    "sourceBytes": piece.source.size,
                    "start": piece.start,
                    "end": piece.end,
                }
                for number, piece in enumerate(pieces, 1)
            ],
        }


def _count(event: Mapping[str, Any], field: str, *, least: int) -> int | None:
    value = event.get(field)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise InvalidTask(f"{field} must be a whole number of at least {least}, got {value!r}.")
    return value


def _file_name(key: str) -> str:
    return key.rpartition("/")[2][-LONGEST_FILE_NAME:]


def _total(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _batches(values: Iterable[T], size: int) -> Iterator[list[T]]:
    remaining = iter(values)
    while batch := list(itertools.islice(remaining, size)):
        yield batch
