"""Checking files of records, of any size, in constant memory."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from cdk_personalize_batch.records.check import Check
from cdk_personalize_batch.records.formats import (
    RecordFormat,
    check_format,
)
from cdk_personalize_batch.records.problems import Report

_MESSAGES: Final = 5


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
    check_format(record_format)
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
