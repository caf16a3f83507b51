"""Which bytes go into which shard: arithmetic on sizes, before anything is read.

The input is one sequence of bytes, in the order of the keys; a shard is a stretch of it. Files
stay whole where they fit. Where one is cut, the place is nominal: the cut is made at the last line
end before it, at most ``Quotas.cut_slack`` bytes earlier. So only a stretch that starts at a cut
can grow, by the slack at most, and it is laid out smaller by as much. The quotas hold wherever
the line ends are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from personalize_batch_runtime._shards.types import Quotas


class Source(NamedTuple):
    """One object below the input's URI."""

    key: str
    etag: str
    size: int
    # Part of the input; the others only stand in the way of using a prefix as it is.
    used: bool = True
    # Where its lines were counted: the ends of its pieces, and how many lines each has.
    ends: tuple[int, ...] = ()
    lines: tuple[int, ...] = ()


class Piece(NamedTuple):
    """The bytes ``start`` to ``end`` (exclusive) of an object."""

    source: Source
    start: int
    end: int
    records: int | None = None

    @property
    def whole(self) -> bool:
        """Whether it is the whole object."""
        return self.start == 0 and self.end == self.source.size


@dataclass
class Shard:
    """Pieces of the input that make the input of one job."""

    pieces: list[Piece] = field(default_factory=list)
    # The listed keys around it, and the first one in or behind it that is no input.
    before: str | None = None
    between: str | None = None
    after: str | None = None

    def own_prefix(self, listed: str) -> str | None:
        """Returns the prefix that has exactly this shard's objects below it, if there is one.

        Personalize takes every object whose key starts with the path it is given, so a prefix or a
        key serves as it is only where no other key starts with it. Nothing is known about keys
        outside of the prefix that was listed.
        """
        if not all(piece.whole for piece in self.pieces):
            return None
        first, last = self.pieces[0].source.key, self.pieces[-1].source.key
        prefix = (
            first if len(self.pieces) == 1 else max(_common_folder(first, last), listed, key=len)
        )
        neighbours = (self.before, self.between, self.after)
        if any(key is not None and key.startswith(prefix) for key in neighbours):
            return None
        return prefix


def lay_out(sources: Iterable[Source], quotas: Quotas) -> Iterator[Shard]:
    """Yields the shards of objects in the order of their keys, cut at nominal places."""
    packer = _Packer(quotas)
    for source in sources:
        yield from packer.add(source)
    yield from packer.close(None)


class _Packer:
    """Fills one shard after the other."""

    def __init__(self, quotas: Quotas) -> None:
        self._quotas = quotas
        self._shard = Shard()
        self._previous: str | None = None
        self._room = 0

    def add(self, source: Source) -> Iterator[Shard]:
        """Takes the next listed object, and yields the shards that it does not fit into."""
        if source.used:
            yield from self._add_counted(source) if source.ends else self._add_cut(source)
        elif self._shard.pieces:
            self._shard.between = self._shard.between or source.key
        self._previous = source.key

    def close(self, after: str | None) -> Iterator[Shard]:
        """Yields the shard that is being filled, if anything is in it, and starts another."""
        if self._shard.pieces:
            self._shard.after = after
            yield self._shard
        self._shard = Shard()

    def _add_counted(self, source: Source) -> Iterator[Shard]:
        start = 0
        for end, lines in zip(source.ends, source.lines, strict=True):
            if not self._files_left() or end - start > self._bytes_left(start):
                yield from self.close(source.key)
            self._put(Piece(source, start, end, lines))
            start = end

    def _add_cut(self, source: Source) -> Iterator[Shard]:
        largest = self._quotas.file_bytes - self._quotas.cut_slack
        at = 0
        while at < source.size:
            rest = source.size - at
            room = min(self._bytes_left(at), self._files_left() * largest)
            if not at and rest <= min(room, self._quotas.file_bytes):
                self._put(Piece(source, 0, source.size))
                return
            if self._shard.pieces and room < min(rest, self._quotas.smallest_fill):
                yield from self.close(source.key)
                continue
            taken = min(rest, room)
            count = -(-taken // largest)
            for n in range(count):
                start, end = (at + taken * part // count for part in (n, n + 1))
                self._put(Piece(source, start, end))
            at += taken

    def _files_left(self) -> int:
        return self._quotas.job_files - len(self._shard.pieces)

    def _bytes_left(self, at: int) -> int:
        if self._shard.pieces:
            return self._room
        return self._quotas.job_bytes - (self._quotas.cut_slack if at else 0)

    def _put(self, piece: Piece) -> None:
        self._room = self._bytes_left(piece.start) - (piece.end - piece.start)
        if not self._shard.pieces:
            self._shard.before = self._previous
        self._shard.pieces.append(piece)


def _common_folder(first: str, last: str) -> str:
    # Keys between two keys of one order share what the two share.
    shortest = min(len(first), len(last))
    length = next((n for n in range(shortest) if first[n] != last[n]), shortest)
    return first[: first.rfind("/", 0, length) + 1]
