"""Counts records that are there more than once, in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from cdk_personalize_batch.records.formats import Record

# A set of half a million hashes takes some 35 MB.
_REMEMBERED: Final = 500_000
_EVERY: Final = 8

_encode = msgspec.json.Encoder(order="deterministic").encode


class DuplicateCounter:
    """Counts exactly up to half a million different records, and then "at least".

    Only hashes of 64 bits are kept. When the memory is full, the records that follow are compared
    with those remembered, in one chunk of eight: a file written twice in a row is still found, at
    a small part of the time.

    Attributes:
        count: How many records came before.
        exact: Whether that is the number; otherwise there are at least so many.
    """

    def __init__(self, remembered: int = _REMEMBERED) -> None:
        """Makes a counter that has seen nothing.

        Args:
            remembered: How many different records to remember, give or take a chunk.
        """
        self.count = 0
        self.exact = True
        self._remembered = remembered
        self._seen: set[int] = set()
        self._chunk = 0

    def add(self, records: Sequence[Record]) -> None:
        """Takes a chunk of records."""
        before = len(self._seen)
        if before < self._remembered:
            self._seen.update(_hashes(records))
            self.count += len(records) - (len(self._seen) - before)
            return
        self.exact = False
        self._chunk += 1
        if self._chunk % _EVERY == 0:
            self.count += sum(map(self._seen.__contains__, _hashes(records)))


def _hashes(records: Sequence[Record]) -> list[int]:
    try:
        return list(map(hash, records))
    except TypeError:  # filterValues is a dictionary
        return [
            hash(record) if record.filterValues is msgspec.UNSET else hash(_encode(record))
            for record in records
        ]
