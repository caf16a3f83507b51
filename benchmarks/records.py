"""The check of records, against loops over the same lines that check less."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final

import msgspec
import orjson

from benchmarks.figures import Figure, Section
from benchmarks.measuring import in_rounds, process, timed
from cdk_personalize_batch.records import RecordFormat, validate

_RECORDS: Final = 5_000_000
_MEMORY_RECORDS: Final = (1_000_000, 50_000_000)
_MOST_MEMORY: Final = 100_000_000
_RANKED: Final = 20
# Each of the lists is as long as a dozen users.
_FEWER_LISTS: Final = 12
_CHUNK: Final = 128 * 1024
_LINES_WRITTEN: Final = 10_000


class User(msgspec.Struct):
    """What one would write for a user."""

    userId: str


class Ranking(msgspec.Struct):
    """What one would write for a list to rank."""

    userId: str
    itemList: list[str]


def measure(rounds: int, scale: float) -> list[Section]:
    """Measures speed and memory.

    Args:
        rounds: How many rounds.
        scale: A part of the records.
    """
    users = max(1, round(_RECORDS * scale))
    with tempfile.TemporaryDirectory() as folder:
        speed = [
            *_speed(Path(folder), rounds, users, RecordFormat.USERS, User),
            *_speed(Path(folder), rounds, users // _FEWER_LISTS, RecordFormat.RANKING, Ranking),
        ]
    return [
        Section(
            "Check of records",
            "A file in the page cache. The floor is a loop of `msgspec`'s `decode_lines` over "
            f"chunks of {_CHUNK // 1024} KiB, which finds neither lines that hold two records nor "
            "where an error is. Duplicates are counted by default.",
            (*speed, *_memory(scale)),
        )
    ]


def _speed(
    folder: Path, rounds: int, count: int, record_format: RecordFormat, plain: type[Any]
) -> Iterator[Figure]:
    path = folder / "records.json"
    with path.open("wb") as file:
        file.writelines(lines(count, record_format))
    bare, decoder = "msgspec loop", msgspec.json.Decoder(plain)
    loops: dict[str, Callable[[], object]] = {
        bare: partial(_decode_chunks, path, decoder),
        "json.loads loop": partial(_decode_lines, path, json.loads),
        "orjson.loads loop": partial(_decode_lines, path, orjson.loads),
    }
    checks: dict[str, Callable[[], object]] = {
        name: partial(_check, path, record_format, count, is_counting)
        for name, is_counting in (("check", False), ("check, with duplicates", True))
    }
    tasks = {name: timed(task) for name, task in {**loops, **checks}.items()}
    speeds = {name: count / median(seconds) for name, seconds in in_rounds(rounds, tasks).items()}
    goals = {bare: 0.8, "json.loads loop": 12.0}
    what = f"{count:,} records of the format {record_format.value}"
    for check in checks:
        for loop in loops:
            at_least = goals.get(loop) if check == "check" else None
            if loop == "json.loads loop" and record_format is not RecordFormat.USERS:
                at_least = None
            yield Figure(
                f"{check}, {what}",
                speeds[check],
                "records/s",
                loop,
                speeds[loop],
                at_least=at_least,
            )
    bytes_each = path.stat().st_size / count
    yield Figure(
        f"check, {what}",
        speeds["check"] * bytes_each,
        "bytes/s",
        bare,
        speeds[bare] * bytes_each,
    )


def _memory(scale: float) -> Iterator[Figure]:
    for records in _MEMORY_RECORDS:
        count = max(1, round(records * scale))
        sample = process([sys.executable, "-m", "benchmarks.records_memory", str(count)])
        yield Figure(
            f"memory of a process that checks {count:,} records",
            int(sample.output),
            "bytes",
            "the most",
            _MOST_MEMORY,
            at_most=1.0,
        )


def lines(count: int, record_format: RecordFormat) -> Iterator[bytes]:
    """Yields different records, many lines at a time.

    Args:
        count: How many.
        record_format: Users or rankings.
    """
    items = b",".join(b'"%d"' % item for item in range(1000, 1000 + _RANKED))
    line = b'{"userId":"%d"}\n'
    if record_format is RecordFormat.RANKING:
        line = b'{"userId":"%d","itemList":[' + items + b"]}\n"
    for start in range(0, count, _LINES_WRITTEN):
        yield b"".join(line % number for number in range(start, min(start + _LINES_WRITTEN, count)))


def _decode_chunks(path: Path, decoder: msgspec.json.Decoder[Any]) -> None:
    rest = b""
    with path.open("rb", buffering=0) as file:
        while block := file.read(_CHUNK):
            end = block.rfind(b"\n") + 1
            decoder.decode_lines(rest + block[:end])
            rest = block[end:]


def _decode_lines(path: Path, loads: Callable[[bytes], object]) -> None:
    with path.open("rb") as file:
        for line in file:
            loads(line)


def _check(path: Path, record_format: RecordFormat, count: int, is_counting: bool) -> None:
    report = validate(path, record_format, count_duplicates=is_counting)
    assert report.ok
    assert report.records == count
