"""JSON Lines records of batch jobs: their formats, a check of files, and a writer.

Pure Python on msgspec, without the CDK. The check reads files of any size in constant memory.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from cdk_personalize_batch import _limits
from cdk_personalize_batch._records_check import Check
from cdk_personalize_batch._records_explain import explain
from cdk_personalize_batch._records_formats import (
    RECIPES,
    Record,
    RecordFormat,
    format_problem,
)
from cdk_personalize_batch._records_problems import Problem, ProblemKind, Report
from cdk_personalize_batch._whole_file import whole_file
from cdk_personalize_batch.errors import PersonalizeBatchError

__all__ = [
    "RECIPES",
    "InvalidRecordError",
    "Problem",
    "ProblemKind",
    "RecordFormat",
    "Report",
    "encode",
    "problems_of_file",
    "validate",
    "write",
]

_BATCH: Final = 10_000
_MESSAGES: Final = 5


class InvalidRecordError(PersonalizeBatchError, ValueError):
    """A record that cannot be written: it is not of the format, or there are too many."""


def validate(
    source: str | os.PathLike[str] | BinaryIO,
    record_format: RecordFormat,
    *,
    max_problems: int = 10,
    count_duplicates: bool = True,
    quotas: bool = True,
    progress: Callable[[int], object] | None = None,
) -> Report:
    """Checks a file of records, line by line, in constant memory.

    Args:
        source: The path of a file, or a stream of bytes, which is read to its end and left open.
        record_format: What its lines should be.
        max_problems: How many problems to describe; the rest is counted.
        count_duplicates: Whether to count records that are there more than once: exactly up to
            half a million different records, beyond that "at least".
        quotas: Whether the file must fit in one batch job. A workflow splits what does not.
        progress: Is called with the number of bytes after each read.

    Returns:
        What was found.

    Raises:
        OSError: The file cannot be read.
        TypeError: The stream is one of text, or the format is none.
    """
    _check_format(record_format)
    check = Check(
        record_format,
        max_problems=max_problems,
        count_duplicates=count_duplicates,
        quotas=quotas,
        progress=progress,
    )
    if not isinstance(source, str | os.PathLike):
        if isinstance(source, io.TextIOBase):
            raise TypeError("validate needs a stream of bytes, got one of text; open it with 'rb'")
        return check.run(source)
    # Unbuffered: the check reads large chunks itself.
    with Path(source).open("rb", buffering=0) as stream:
        return check.run(stream)


def problems_of_file(path: str | os.PathLike[str], record_format: RecordFormat) -> list[str]:
    """Returns what is wrong with a file, as short texts, at most five of them.

    Args:
        path: The file.
        record_format: What its lines should be.
    """
    try:
        report = validate(path, record_format, max_problems=_MESSAGES, count_duplicates=False)
    except OSError as error:
        return [f"{path} cannot be read: {error.strerror}; name a JSON Lines file"]
    texts = [str(problem) for problem in report.problems]
    if report.problem_count > len(texts):
        texts.append(f"and {report.problem_count - len(texts):,} more")
    return texts


def write(
    records: Iterable[Mapping[str, object] | str],
    path: str | os.PathLike[str],
    record_format: RecordFormat,
    *,
    quotas: bool = True,
) -> int:
    """Writes records to a JSON Lines file, all of them or none.

    The file appears under its name only when it is whole.

    Args:
        records: The records. Where a record has one key, its value alone will do:
            ``write(["1", "2"], "users.json", RecordFormat.USERS)``.
        path: The file, which must end in ``.json``, as AWS's samples do. It is replaced.
        record_format: What the records must be.
        quotas: Whether the file must fit in one batch job. A workflow splits what does not.

    Returns:
        How many records were written.

    Raises:
        InvalidRecordError: A record is not of the format, there are none, or there are too many.
        OSError: The file cannot be written.
        TypeError: The format is none.
    """
    target = Path(path)
    if target.suffix != ".json":
        raise InvalidRecordError(
            f"the file of records must end in .json, got {target.name!r}; rename it"
        )
    count = 0
    with whole_file(target) as whole, whole.open("wb") as file:
        for lines in encode(records, record_format, quotas=quotas):
            file.write(lines)
            count += lines.count(b"\n")
        file.flush()
        os.fsync(file.fileno())
    return count


def encode(
    records: Iterable[Mapping[str, object] | str],
    record_format: RecordFormat,
    *,
    quotas: bool = True,
) -> Iterator[bytes]:
    """Yields records as JSON Lines, some thousands at a time; `write` says what the rest means.

    Args:
        records: The records.
        record_format: What they must be.
        quotas: Whether they must fit in one file of one batch job.

    Yields:
        Whole lines.

    Raises:
        InvalidRecordError: A record is not of the format, there are none, or there are too many.
        TypeError: The format is none.
    """
    _check_format(record_format)
    if isinstance(records, str | bytes | Mapping):
        # Each is iterable, and none has records in it.
        raise InvalidRecordError(
            f"the records must be a list or an iterator of them, got {records!r:.80}; "
            "put it in a list"
        )
    encoder = msgspec.json.Encoder()
    remaining = iter(records)
    count = size = 0
    while batch := list(islice(remaining, _BATCH)):
        lines = b"".join(
            _line(encoder, record, record_format, number)
            for number, record in enumerate(batch, start=count + 1)
        )
        count += len(batch)
        size += len(lines)
        if quotas:
            _check_quotas(count, size, record_format)
        yield lines
    if not count:
        raise InvalidRecordError(f"no records to write; give some such as {record_format.example}")


def _line(
    encoder: msgspec.json.Encoder,
    record: Mapping[str, object] | str,
    record_format: RecordFormat,
    number: int,
) -> bytes:
    keys = record_format.keys
    given = {keys[0]: record} if isinstance(record, str) and len(keys) == 1 else record
    try:
        typed: Record = msgspec.convert(given, record_format.type)
        return encoder.encode(typed) + b"\n"
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        line = json.dumps(given, default=repr).encode()
        problem = explain(line, record_format, number, error)
        raise InvalidRecordError(
            f"record {number}: {replace(problem, line=None, column=None)}"
        ) from None


def _check_format(record_format: object) -> None:
    problem = format_problem("record_format", record_format)
    if problem is not None:
        raise TypeError(problem)


def _check_quotas(count: int, size: int, record_format: RecordFormat) -> None:
    if count > record_format.max_records:
        raise InvalidRecordError(
            f"a file of the format {record_format.value} has at most "
            f"{record_format.max_records:,} records, got more; write several files"
        )
    if size > _limits.INPUT_BYTES:
        raise InvalidRecordError(
            f"one job takes at most {_limits.INPUT_BYTES:,} bytes, got more; write several files "
            "for several jobs, or let a workflow split the file"
        )
