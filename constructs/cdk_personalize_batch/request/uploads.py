"""Checks of input that is uploaded with the stack: JSON Lines, at least one record."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from cdk_personalize_batch import limits, records
from cdk_personalize_batch.records.check import AS_LINES, signature_problem
from cdk_personalize_batch.records.formats import format_problem
from cdk_personalize_batch.request.checks import shown

if TYPE_CHECKING:
    from cdk_personalize_batch.records import RecordFormat

_MOST_PROBLEMS = 5
# The ids that a record can have, whatever the recipe.
_IDS = ("userId", "itemId")
_LONGEST_HEADER = 1_000
_COLUMNS = re.compile(rb"\s*\"?[A-Za-z_][\w \"]*([,;\t][\w \"]+)*\s*")
_DECODER = msgspec.json.Decoder(dict[str, object])


def problems_of_file(path: Path, record_format: RecordFormat | None) -> list[str]:
    """Returns what is wrong with a file, at most the first five problems.

    Without a format its lines have to be JSON objects.
    """
    if path.is_dir():
        return [f"{path} is a folder; name one JSON Lines file"]
    try:
        with path.open("rb") as file:
            return _problems(str(path), file, record_format)
    except FileNotFoundError:
        return [f"there is no file {path} (looked in {Path.cwd()}); correct the path"]
    except OSError as error:
        return [f"{path} cannot be read: {error.strerror}; make it readable"]


def problems_of_content(content: bytes, record_format: RecordFormat | None) -> list[str]:
    """Returns what is wrong with records in memory, as `problems_of_file` does."""
    return _problems("the input", io.BytesIO(content), record_format)


def _problems(name: str, stream: BinaryIO, record_format: RecordFormat | None) -> list[str]:
    if record_format is None:
        return _object_problems(name, stream)
    problem = format_problem("format", record_format)
    if problem is not None:
        return [problem]
    report = records.validate(
        stream, record_format, max_problems=_MOST_PROBLEMS, count_duplicates=False
    )
    problems = [f"{name} {problem}" for problem in report.problems]
    if report.problem_count > len(problems):
        problems.append(f"{name} has {report.problem_count - len(problems):,} more problems")
    return problems


def _object_problems(name: str, lines: Iterable[bytes]) -> list[str]:
    size = 0

    def counted() -> Iterator[bytes]:
        nonlocal size
        for line in lines:
            size += len(line)
            yield line

    problems = list(islice(_line_problems(name, counted()), _MOST_PROBLEMS))
    if not problems and size > limits.INPUT_BYTES:
        problems.append(
            f"{name} has {size:,} bytes, more than the {limits.INPUT_BYTES:,} of one job; split it"
        )
    return problems


def _line_problems(name: str, lines: Iterable[bytes]) -> Iterator[str]:
    empty = True
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if empty and (other := _other_kind(line)):
            yield f"{name} is {other}"
            return
        empty = False
        if number == 1 and (problem := signature_problem(line)):
            yield f"{name}: {problem}"
            return
        try:
            record = _DECODER.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            start = line[:80].decode("utf-8", errors="replace").strip()
            yield (
                f"{name} line {number} is not a JSON object ({error}), got {shown(start)}; write "
                "one object a line, in UTF-8"
            )
            continue
        for key in _IDS:
            if isinstance(record.get(key), int | float):
                yield (
                    f"{name} line {number} has a number as {key}, and ids are text: write "
                    f'"{record[key]}" instead of {record[key]}'
                )
    if empty:
        yield f'{name} is empty; write one record a line, such as {{"userId": "42"}}'


def _other_kind(first_line: bytes) -> str | None:
    """Returns what a file is that does not begin with a record, and what to do."""
    if first_line.lstrip().startswith(b"["):
        return f"a JSON array; write its elements {AS_LINES}"
    # The names of columns; a longer line is none of them.
    if len(first_line) <= _LONGEST_HEADER and _COLUMNS.fullmatch(first_line):
        return (
            "a table, as its first line reads, and must be JSON Lines; write them with "
            "personalize-batch convert TABLE.csv RECORDS.json --recipe RECIPE"
        )
    return None
