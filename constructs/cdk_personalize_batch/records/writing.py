"""Writing records: checked, as JSON Lines."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from cdk_personalize_batch import limits
from cdk_personalize_batch.errors import PersonalizeBatchError
from cdk_personalize_batch.records.explain import explain
from cdk_personalize_batch.records.formats import Record, RecordFormat, check_format
from cdk_personalize_batch.records.whole_file import whole_file

_BATCH: Final = 10_000


class InvalidRecordError(PersonalizeBatchError, ValueError):
    """A record that cannot be written: it is not of the format, or there are too many."""


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

    Yields:
        Whole lines.

    Raises:
        InvalidRecordError: A record is not of the format, there are none, or there are too many.
        TypeError: The format is none.
    """
    check_format(record_format)
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


def _check_quotas(count: int, size: int, record_format: RecordFormat) -> None:
    if count > record_format.max_records:
        raise InvalidRecordError(
            f"a file of the format {record_format.value} has at most "
            f"{record_format.max_records:,} records, got more; write several files"
        )
    if size > limits.INPUT_BYTES:
        raise InvalidRecordError(
            f"one job takes at most {limits.INPUT_BYTES:,} bytes, got more; write several files "
            "for several jobs, or let a workflow split the file"
        )
