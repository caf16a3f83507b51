"""Finds line ends: near a nominal cut without reading the rest, or by counting every line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future

from personalize_batch_runtime._shards.errors import LineTooLong
from personalize_batch_runtime._shards.layout import Piece, Shard, Source
from personalize_batch_runtime._shards.s3 import Place, ShardStorage

# A line of two bytes is CR and LF: no record is shorter than a pair of braces and a line end.
LONGEST_BLANK_LINE = 2


class Cutter:
    """Moves nominal cuts to line ends; many at a time, each place once."""

    def __init__(
        self, storage: ShardStorage, bucket: str, windows: Sequence[int], executor: Executor
    ) -> None:
        """Cuts objects of one bucket; ``windows`` are the sizes read before a cut, in turn."""
        self._storage = storage
        self._bucket = bucket
        self._windows = windows
        self._executor = executor
        self._cuts: dict[tuple[str, int], Future[int]] = {}

    def start(self, shard: Shard) -> None:
        """Begins to look for the cuts of a shard."""
        for piece in shard.pieces:
            for nominal in (piece.start, piece.end):
                cut = (piece.source.key, nominal)
                inside = 0 < nominal < piece.source.size
                if inside and cut not in self._cuts:
                    self._cuts[cut] = self._executor.submit(self._find, piece.source, nominal)

    def finish(self, shard: Shard) -> list[Piece]:
        """Returns the pieces of a started shard, cut at line ends, the empty ones left out."""
        cut = (
            piece._replace(
                start=self._cut(piece, piece.start),
                end=self._cut(piece, piece.end),
            )
            for piece in shard.pieces
        )
        return [piece for piece in cut if piece.end > piece.start]

    def _cut(self, piece: Piece, nominal: int) -> int:
        found = self._cuts.get((piece.source.key, nominal))
        return found.result() if found else nominal

    def _find(self, source: Source, nominal: int) -> int:
        place = Place(self._bucket, source.key)
        end = nominal
        for window in self._windows:
            start = max(0, end - window)
            at, newline = start, -1
            for chunk in self._storage.chunks(place, source.etag, start, end):
                last = chunk.rfind(b"\n")
                newline = at + last if last >= 0 else newline
                at += len(chunk)
            if newline >= 0:
                return newline + 1
            if start == 0:
                return 0
            end = start
        raise LineTooLong(
            f"{place.uri} has no line end in the {nominal - end} bytes before byte {nominal}: "
            "write one JSON object per line (JSON Lines), each line far shorter than that."
        )


def count_lines(storage: ShardStorage, bucket: str, source: Source, limit: int) -> Source:
    """Reads an object and returns it with the ends of its pieces of ``limit`` records each.

    Every line is a record but blank ones, which stay with the line before them. A last line
    without a line end is one.
    """
    ends: list[int] = []
    lines: list[int] = []
    start = 0
    for end in _line_ends(storage, bucket, source):
        is_record = end - start > LONGEST_BLANK_LINE
        if not ends or (is_record and lines[-1] == limit):
            ends.append(end)
            lines.append(0)
        ends[-1] = end
        lines[-1] += is_record
        start = end
    return source._replace(ends=tuple(ends), lines=tuple(lines))


def _line_ends(storage: ShardStorage, bucket: str, source: Source) -> Iterator[int]:
    at = end = 0
    for chunk in storage.chunks(Place(bucket, source.key), source.etag, 0, source.size):
        found = chunk.find(b"\n")
        while found >= 0:
            end = at + found + 1
            yield end
            found = chunk.find(b"\n", found + 1)
        at += len(chunk)
    if end < source.size:
        yield source.size
