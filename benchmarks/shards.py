"""The plan of shards, on an S3 in memory: what is left without the network."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import Any

from benchmarks.figures import Figure, Section
from benchmarks.measuring import in_rounds, timed
from personalize_batch_runtime import shards
from personalize_batch_runtime._retry import Deadline
from tests.support.s3 import Lines, MemoryS3

_MB = 1_000_000
_FILES = 1000
_FILE_BYTES = 10 * _MB
_RECORDS = 500_000_000
_MOST_SECONDS = 10.0
_EVENT = {
    "task": "plan",
    "inputUri": "s3://in/data/",
    "workUri": "s3://in/shards/run/",
    "outputUri": "s3://out/run/",
}


def measure(rounds: int, scale: float) -> list[Section]:
    """Measures plans of many files and of one large file.

    Args:
        rounds: How many rounds.
        scale: A part of files and records.
    """
    files = max(1, round(_FILES * scale))
    many, one = MemoryS3(), MemoryS3()
    for number in range(files):
        many.put("in", f"data/{number:04}.json", Lines(_FILE_BYTES // Lines(1).width))
    one.put("in", "data/users.json", Lines(max(1, round(_RECORDS * scale)), digits=9))
    tasks = {
        "plan": timed(_plan(many)),
        "list": timed(lambda: _list(many)),
        "cut": timed(_plan(one)),
    }
    took = {name: median(seconds) for name, seconds in in_rounds(rounds, tasks).items()}
    many_bytes, one_bytes = _bytes(many), _bytes(one)
    one.read_bytes = 0
    _plan(one)()
    title = f"{many_bytes / 1e9:.3g} GB in {files:,} files"
    return [
        Section(
            "Planning of shards",
            "The task of the workflow that plans shards, with an S3 in memory in the place of the "
            "network. A program that splits files by itself reads every byte of them.",
            (
                Figure(f"plan of {title}", took["plan"], "s", "listing them", took["list"]),
                Figure(
                    f"plan of {title}", took["plan"], "s", "the most", _MOST_SECONDS, at_most=1.0
                ),
                Figure(
                    f"plan of {one_bytes / 1e9:.3g} GB in one file",
                    took["cut"],
                    "s",
                    "the most",
                    _MOST_SECONDS,
                    at_most=1.0,
                ),
                Figure(
                    "bytes that this plan reads", one.read_bytes, "bytes", "all bytes", one_bytes
                ),
            ),
        )
    ]


def _plan(s3: MemoryS3) -> Callable[[], Any]:
    deadline = Deadline(lambda: 900_000, sleep=lambda _: None)
    return lambda: shards.run(_EVENT, s3=s3, deadline=deadline)


def _list(s3: MemoryS3) -> None:
    answer: dict[str, Any] = {"NextContinuationToken": ""}
    while "NextContinuationToken" in answer:
        answer = s3.list_objects_v2(
            Bucket="in", Prefix="data/", ContinuationToken=answer["NextContinuationToken"]
        )


def _bytes(s3: MemoryS3) -> int:
    return sum(found.blob.size for key, found in s3.objects["in"].items() if "data/" in key)
