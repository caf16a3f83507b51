"""What the shard tasks pass to each other: plain JSON, described once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

PLAN_VERSION = 1

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True)
class Quotas:
    """How much one job and one file take, and how the input is cut to fit.

    The first three are quotas of Amazon Personalize ("Amazon Personalize endpoints and quotas");
    1 GB is read as the smaller, decimal one. The S3 limits are those of "Amazon S3 multipart
    upload limits" and of UploadPartCopy, which copies a range only from an object over 5 MiB.
    """

    job_bytes: int = 1_000_000_000
    job_files: int = 1_000
    file_records: int = 50_000_000
    # {"userId":"1"} and its line end: a file of file_records times this never has too many.
    shortest_record: int = 15
    # Read before a cut until a line end is found, nearest first: one request each.
    windows: tuple[int, ...] = (64 * KIB, MIB, 16 * MIB)
    # A cut costs requests and a copy: less room than this at the end of a shard is left empty.
    smallest_fill: int = 100_000_000
    # The parts of one object are copied at the same time.
    part_bytes: int = 128 * MIB
    smallest_ranged_copy: int = 5 * MIB
    # Files whose lines must be counted are read through the function.
    counted_bytes: int = 100_000_000

    @property
    def cut_slack(self) -> int:
        """How far before its nominal place a cut can lie."""
        return sum(self.windows)

    @property
    def file_bytes(self) -> int:
        """The largest file that cannot have too many records, whatever is in it."""
        return self.file_records * self.shortest_record


class Location(TypedDict):
    """An object in S3."""

    bucket: str
    key: str


class ShardItem(TypedDict):
    """One shard: the input of one job, and one item of the workflow's Map."""

    index: int
    name: str
    inputUri: str
    outputUri: str
    files: int
    bytes: int
    # Known where lines had to be counted.
    records: int | None
    # None: the input is used where it lies, nothing is copied.
    copyList: Location | None


class Plan(TypedDict):
    """The answer of the task ``plan``."""

    version: int
    inputUri: str
    workUri: str
    outputUri: str
    shardCount: int
    fileCount: int
    bytes: int
    records: int | None
    skippedFiles: int
    # Empty when itemReader says where they are.
    shards: list[ShardItem]
    itemReader: Location | None


class ObjectCopy(TypedDict):
    """One object of a shard: the bytes ``start`` to ``end`` (exclusive) of a source object."""

    name: str
    sourceKey: str
    sourceETag: str
    sourceBytes: int
    start: int
    end: int


class CopyList(TypedDict):
    """What the task ``copy`` reads: the objects of one shard, in the order of the input."""

    version: int
    sourceBucket: str
    objects: list[ObjectCopy]


class CopyResult(ShardItem):
    """The answer of the task ``copy``: the shard, and what was done."""

    copied: int
    kept: int


class JobResult(TypedDict, total=False):
    """How the job of a shard ended; ``index`` is the shard's, and required."""

    index: int
    jobArn: str
    jobName: str
    status: str
    failureReason: str


class ManifestShard(TypedDict):
    """One shard in the manifest."""

    index: int
    name: str
    inputUri: str
    outputUri: str
    files: int
    bytes: int
    records: int | None
    job: JobResult | None


class Manifest(TypedDict):
    """The file that the task ``manifest`` writes."""

    version: int
    status: str
    inputUri: str
    outputUri: str
    shardCount: int
    succeeded: int
    fileCount: int
    bytes: int
    records: int | None
    skippedFiles: int
    shards: list[ManifestShard]


class ManifestResult(TypedDict):
    """The answer of the task ``manifest``; its ``problems`` are those of a few failed shards."""

    manifestUri: str
    outputUri: str
    status: str
    shardCount: int
    succeeded: int
    problems: list[str]
