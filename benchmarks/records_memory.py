"""Checks made-up records, as many as the command line says, and prints its memory."""

from __future__ import annotations

import io
import sys

from benchmarks import memory
from benchmarks.records import lines
from cdk_personalize_batch.records import RecordFormat, validate


class Source(io.RawIOBase):
    """A stream of records that are made when they are read."""

    def __init__(self, count: int) -> None:
        self._lines = lines(count, RecordFormat.USERS)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._rest:
            self._rest = memoryview(next(self._lines, b""))
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def main() -> None:
    count = int(sys.argv[1])
    report = validate(Source(count), RecordFormat.USERS, quotas=False)  # type: ignore[arg-type]
    assert report.ok
    assert report.records == count
    print(memory.peak())


if __name__ == "__main__":
    main()
