"""The check of a file of records: whole chunks at once, lines one by one only where that fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, Final

import msgspec

from cdk_personalize_batch import limits
from cdk_personalize_batch.records.duplicates import DuplicateCounter
from cdk_personalize_batch.records.explain import explain
from cdk_personalize_batch.records.formats import UNREADABLE, Record, RecordFormat
from cdk_personalize_batch.records.problems import Problem, ProblemKind, Report, shortened

# Larger chunks leave the processor's cache and are slower.
_CHUNK: Final = 128 * 1024
# A ranking of ten thousand items takes some 400 KB.
_LONGEST_LINE: Final = 4 * 1024 * 1024
_SIGNATURES: Final = {
    b"\x1f\x8b": (ProblemKind.COMPRESSED, "compressed with gzip", "decompress it"),
    b"BZh": (ProblemKind.COMPRESSED, "compressed with bzip2", "decompress it"),
    b"\x28\xb5\x2f\xfd": (ProblemKind.COMPRESSED, "compressed with zstd", "decompress it"),
    b"PK\x03\x04": (ProblemKind.COMPRESSED, "a ZIP archive", "unpack it"),
    b"PAR1": (ProblemKind.COMPRESSED, "Parquet", "convert it with personalize-batch convert"),
    b"\xff\xfe": (ProblemKind.UTF_16, "UTF-16 or UTF-32", "write it as UTF-8"),
    b"\xfe\xff": (ProblemKind.UTF_16, "UTF-16", "write it as UTF-8"),
}
# What to do with a JSON array.
AS_LINES: Final = "one a line, without brackets and commas, as jq -c '.[]' does"
_SIGNATURE_BYTES: Final = 4


class _StopReading(Exception):
    """Every line that follows would be wrong for the same reason."""


class Check:
    """One check of one stream."""

    def __init__(
        self,
        record_format: RecordFormat,
        *,
        max_problems: int,
        count_duplicates: bool,
        quotas: bool,
        progress: Callable[[int], object] | None,
    ) -> None:
        """Makes a check; `records.validate` says what the arguments mean."""
        self._format = record_format
        self._max_problems = max_problems
        self._max_records = record_format.max_records if quotas else None
        self._max_bytes = limits.INPUT_BYTES if quotas else None
        self._duplicates = DuplicateCounter() if count_duplicates else None
        self._progress = progress
        self._decode = msgspec.json.Decoder(record_format.type).decode
        self._decode_lines = msgspec.json.Decoder(record_format.type).decode_lines
        self._decode_array = msgspec.json.Decoder(list[record_format.type]).decode  # type: ignore[name-defined]
        self._problems: list[Problem] = []
        self._problem_count = 0
        self._warnings: list[Problem] = []
        self._bytes = 0
        self._lines = 0
        self._records = 0

    def run(self, stream: BinaryIO) -> Report:
        """Reads a stream to its end."""
        try:
            self._read(stream)
        except _StopReading:
            complete = False
        else:
            complete = True
            self._check_whole()
        duplicates = self._duplicates
        if duplicates is not None and duplicates.count:
            self._warnings.append(_duplicates_warning(duplicates))
        return Report(
            records=self._records,
            bytes=self._bytes,
            problems=tuple(self._problems),
            problem_count=self._problem_count,
            warnings=tuple(self._warnings),
            duplicates=None if duplicates is None else duplicates.count,
            duplicates_exact=duplicates is not None and duplicates.exact,
            complete=complete,
        )

    def _read(self, stream: BinaryIO) -> None:
        pending = self._block(stream)
        while 0 < len(pending) < _SIGNATURE_BYTES and (block := self._block(stream)):
            pending += block
        self._check_signature(pending)
        block = pending
        pending = b""
        skipping = False
        while block:
            end = block.rfind(b"\n") + 1
            if skipping:
                start = block.find(b"\n") + 1
                skipping = start == 0
                block = block[start:] if start else b""
                end = block.rfind(b"\n") + 1
            if end:
                self._chunk(pending, memoryview(block)[: end - 1])
                pending = block[end:]
            else:
                pending += block
            if len(pending) > _LONGEST_LINE:
                self._too_long(pending)
                pending = b""
                skipping = True
            block = self._block(stream)
        if pending:
            self._chunk(pending)

    def _block(self, stream: BinaryIO) -> bytes:
        block = stream.read(_CHUNK)
        self._bytes += len(block)
        if self._progress is not None:
            self._progress(len(block))
        return block

    def _chunk(self, *parts: bytes | memoryview) -> None:
        """Checks whole lines; the last line end is left out."""
        # In brackets from the start: each copy of a chunk costs a tenth of its decoding.
        chunk = b"".join((b"[", *parts, b"]"))
        if b"\r" in chunk:
            chunk = self._without_carriage_returns(chunk)
        lines = chunk.count(b"\n") + 1
        records = self._decode_whole(chunk, lines)
        if records is None:
            records = self._decode_each(chunk[1:-1])
        else:
            self._count(lines, self._lines + 1)
        self._lines += lines
        if self._duplicates is not None:
            self._duplicates.add(records)

    def _decode_whole(self, chunk: bytes, lines: int) -> list[Record] | None:
        """Decodes a chunk if every line of it is exactly one record, or else returns None.

        `decode_lines` takes blank lines, records over several lines and several on one. As many
        records as lines is not enough: one fault can make up for another.
        """
        try:
            if b"," not in chunk:
                # As elements of an array, records are separated by exactly one comma, and these
                # are the line ends and nothing else.
                array: list[Record] = self._decode_array(chunk.replace(b"\n", b","))
                return array if len(array) == lines else None
            records: list[Record] = self._decode_lines(memoryview(chunk)[1:-1])
        except UNREADABLE:
            return None
        # Each gap between two records is exactly one line end, and there are no other line ends.
        exact = len(records) == lines == chunk.count(b"}\n{") + 1
        return records if exact else None

    def _decode_each(self, chunk: bytes) -> list[Record]:
        records = []
        for number, line in enumerate(chunk.split(b"\n"), start=self._lines + 1):
            try:
                records.append(self._decode(line))
            except UNREADABLE as error:
                self._bad_line(line, number, error)
                if not line.strip():
                    continue
            self._count(1, number)
        return records

    def _bad_line(self, line: bytes, number: int, error: Exception) -> None:
        if number > 1 and len(self._problems) >= self._max_problems:
            self._problem_count += 1
            return
        if number == 1 and line.lstrip().startswith(b"["):
            self._stop_at_array(line)
        problem = explain(line, self._format, number, error)
        self._add(problem)
        if number == 1 and problem.kind is ProblemKind.SPLIT:
            raise _StopReading

    def _stop_at_array(self, line: bytes) -> None:
        self._add(
            Problem(
                ProblemKind.ARRAY,
                "a JSON array instead of lines",
                f"write the elements {AS_LINES}",
                1,
                1,
                shortened(line[: _SIGNATURE_BYTES * 20].decode(errors="replace")),
            )
        )
        raise _StopReading

    def _too_long(self, start: bytes) -> None:
        if self._lines == 0 and start.lstrip().startswith(b"["):
            self._stop_at_array(start)
        self._lines += 1
        self._add(
            Problem(
                ProblemKind.TOO_LONG,
                f"the line is longer than {_LONGEST_LINE:,} bytes",
                "write one record a line",
                self._lines,
                value=shortened(start[:80].decode(errors="replace")),
            )
        )
        self._count(1, self._lines)

    def _check_signature(self, start: bytes) -> None:
        problem = signature_problem(start)
        if problem is not None:
            self._add(problem)
            raise _StopReading

    def _check_whole(self) -> None:
        if not self._records and not self._problem_count:
            self._add(
                Problem(
                    ProblemKind.EMPTY,
                    "there are no records",
                    f"write one a line, such as {self._format.example}",
                )
            )
        if self._max_bytes is not None and self._bytes > self._max_bytes:
            self._add(
                Problem(
                    ProblemKind.TOO_LARGE,
                    f"{self._bytes:,} bytes are more than the {self._max_bytes:,} of one job",
                    "split it, or run a workflow, which does that",
                )
            )

    def _count(self, records: int, line: int) -> None:
        """Counts records on lines that follow each other, the first of them on the given line."""
        before = self._records
        self._records += records
        most = self._max_records
        if most is not None and before <= most < self._records:
            self._add(
                Problem(
                    ProblemKind.TOO_MANY_RECORDS,
                    f"a file of the format {self._format.value} has at most {most:,} records",
                    "write the rest into more files",
                    line + most - before,
                )
            )

    def _without_carriage_returns(self, chunk: bytes) -> bytes:
        ended = chunk[:-1] + b"\n"
        found = ended.find(b"\r\n")
        if found < 0:
            return chunk
        if not any(warning.kind is ProblemKind.CARRIAGE_RETURN for warning in self._warnings):
            self._warnings.append(
                Problem(
                    ProblemKind.CARRIAGE_RETURN,
                    "the line ends in carriage return and line feed, which AWS does not document",
                    "write line feeds only, as tr -d '\\r' does",
                    self._lines + ended.count(b"\n", 0, found) + 1,
                )
            )
        return ended.replace(b"\r\n", b"\n")[:-1] + b"]"

    def _add(self, problem: Problem) -> None:
        self._problem_count += 1
        if len(self._problems) < self._max_problems:
            self._problems.append(problem)


def signature_problem(start: bytes) -> Problem | None:
    """Returns what is wrong with a file that begins like one of another kind.

    Args:
        start: Its first bytes, at least four where it has so many.
    """
    for signature, (kind, what, remedy) in _SIGNATURES.items():
        if start.startswith(signature):
            return Problem(kind, f"the file is {what} and must be JSON Lines in UTF-8", remedy)
    return None


def _duplicates_warning(duplicates: DuplicateCounter) -> Problem:
    least = "" if duplicates.exact else "at least "
    copies = "record is a copy" if duplicates.count == 1 else "records are copies"
    return Problem(
        ProblemKind.DUPLICATE,
        f"{least}{duplicates.count:,} {copies} of an earlier one",
        "each is computed and billed again: remove them, as sort -u does",
    )
