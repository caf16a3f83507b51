"""The content of objects, which need not be stored to be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from botocore.exceptions import IncompleteReadError


class Blob(Protocol):
    """What an object holds."""

    @property
    def size(self) -> int:
        """How many bytes."""

    def read(self, start: int, end: int) -> bytes:
        """The bytes of a range, up to the end of the content."""


class Stored:
    """Bytes."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.size = len(content)

    def read(self, start: int, end: int) -> bytes:
        return self.content[start:end]


class Padded(Stored):
    """Bytes that say of themselves to be more."""

    def __init__(self, content: bytes, size: int) -> None:
        super().__init__(content)
        self.size = size


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

    def __init__(self, ranges: Sequence[tuple[Blob, int, int]]) -> None:
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
    """A range of an object as GetObject answers it; the connection may break in it."""

    def __init__(self, blob: Blob, start: int, end: int, breaks_at: int | None = None) -> None:
        self.blob, self.at, self.end, self.breaks_at = blob, start, end, breaks_at

    def read(self, amount: int | None = None) -> bytes:
        end = self.end if amount is None else min(self.end, self.at + amount)
        if self.breaks_at is not None and end > self.breaks_at:
            raise IncompleteReadError(actual_bytes=0, expected_bytes=end - self.at)
        content = self.blob.read(self.at, end)
        self.at = end
        return content

    def close(self) -> None:
        pass
