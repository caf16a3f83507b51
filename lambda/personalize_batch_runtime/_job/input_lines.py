"""Checks the first lines of an input file: JSON Lines with the keys that a recipe needs."""

from __future__ import annotations

import json
from typing import NamedTuple

from personalize_batch_runtime._errors import RuntimeFailure

BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
GZIP = b"\x1f\x8b"
LONGEST_SHOWN = 120


class InputFile(NamedTuple):
    """An object in S3 that a job reads.

    Attributes:
        bucket: Its bucket.
        key: Its key.
        size: How many bytes it has; None where that is not known.
    """

    bucket: str
    key: str
    size: int | None

    @property
    def uri(self) -> str:
        """Its S3 URI."""
        return f"s3://{self.bucket}/{self.key}"


class RecordForm(NamedTuple):
    """What each line of an input has.

    Attributes:
        texts: The keys whose values are strings.
        lists: The keys whose values are lists of strings.
        most: How many lines one file may have; None where more than a sample shows.
    """

    texts: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    most: int | None = None

    @property
    def example(self) -> str:
        """A line of this form."""
        keys = self.texts or ("userId",)
        line = dict.fromkeys(keys, "…") | {key: ["…"] for key in self.lists}
        return json.dumps(line, ensure_ascii=False)


def check_lines(file: InputFile, start: bytes, is_all: bool, *, form: RecordForm) -> None:
    """Checks the start of a file, or all of it.

    Blank lines pass. So does a line that is longer than what was read.

    Raises:
        RuntimeFailure: With the line and what to do.
    """
    _check_encoding(file, start)
    lines = start.split(b"\n")
    if not is_all:
        del lines[-1]
    records = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        records += 1
        if form.most is not None and records > form.most:
            raise _wrong(
                file,
                number,
                f"one file has {form.most} records at most with this recipe and mode",
                "Split the file.",
            )
        _check_record(file, number, line, form)
    if is_all and not records:
        raise RuntimeFailure(
            f"{file.uri} is empty. Write one JSON object per line, such as {form.example}, or "
            "remove the file, and deploy again."
        )


def _check_encoding(file: InputFile, start: bytes) -> None:
    if start.startswith(GZIP):
        raise _wrong(file, 1, "the file is compressed with gzip", "Store it uncompressed.")
    if start.startswith(BYTE_ORDER_MARKS):
        raise _wrong(
            file, 1, "the file begins with a byte order mark", "Write it as UTF-8 without one."
        )


def _check_record(file: InputFile, number: int, line: bytes, form: RecordForm) -> None:
    try:
        record = json.loads(line.decode())
    except UnicodeDecodeError:
        raise _wrong(file, number, "the line is not UTF-8", "Write the file as UTF-8.") from None
    except (ValueError, RecursionError):
        raise _wrong(
            file,
            number,
            f"the line is not a JSON object, got {_shown(line)}",
            f"Write each object whole on one line, such as {form.example}, without an array "
            "around them.",
        ) from None
    if not isinstance(record, dict):
        raise _wrong(
            file,
            number,
            f"the line is not a JSON object, got {_shown(line)}",
            f"Write one object per line, such as {form.example}, without an array around them.",
        )
    for key in (*form.texts, *form.lists):
        if key not in record:
            found = ", ".join(sorted(record)) or "none"
            raise _wrong(
                file,
                number,
                f"the key {key} is missing; the keys are: {found[:LONGEST_SHOWN]}",
                f"Write lines such as {form.example}.",
            )
        _check_value(file, number, key, record[key], is_list=key in form.lists)


def _check_value(file: InputFile, number: int, key: str, value: object, *, is_list: bool) -> None:
    values = value if is_list and isinstance(value, list) else [value]
    is_right = isinstance(value, list) is is_list and values
    if is_right and all(isinstance(one, str) and one for one in values):
        return
    wanted = "a list of strings" if is_list else "a string"
    raise _wrong(
        file,
        number,
        f"{key} must be {wanted} and not empty, got {_shown(json.dumps(value).encode())}",
        "Put ids in quotes, numbers too.",
    )


def _shown(text: bytes) -> str:
    shown = text[:LONGEST_SHOWN].decode(errors="replace")
    return f"{shown}…" if len(text) > LONGEST_SHOWN else shown


def _wrong(file: InputFile, number: int, what: str, remedy: str) -> RuntimeFailure:
    return RuntimeFailure(f"{file.uri} line {number}: {what}. {remedy}")
