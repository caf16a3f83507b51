"""What can be wrong with a file of records, and what a check of one found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

_SHOWN: Final = 60


class ProblemKind(Enum):
    """What is wrong, for programs; the texts of `Problem` are for people."""

    # About the whole file.
    EMPTY = "empty file"
    COMPRESSED = "compressed or binary file"
    UTF_16 = "UTF-16 or UTF-32"
    ARRAY = "JSON array instead of lines"
    BYTE_ORDER_MARK = "byte order mark"
    TOO_MANY_RECORDS = "too many records"
    TOO_LARGE = "too large"
    # About one line.
    BLANK = "blank line"
    NOT_UTF_8 = "not UTF-8"
    NOT_JSON = "not JSON"
    SPLIT = "record on several lines"
    TWO_ON_A_LINE = "more than one record on a line"
    TOO_LONG = "line too long"
    NOT_AN_OBJECT = "not an object"
    MISSPELT_KEY = "misspelt key"
    MISSING_KEY = "missing key"
    UNKNOWN_KEY = "unknown key"
    REPEATED_KEY = "repeated key"
    NUMBER_AS_ID = "number as id"
    WRONG_TYPE = "wrong type"
    EMPTY_VALUE = "empty value"
    BROKEN_CHARACTER = "broken character"
    # Worth a warning: JSON allows it.
    CARRIAGE_RETURN = "carriage return"
    DUPLICATE = "duplicate records"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a file.

    Attributes:
        kind: What is wrong, for programs.
        message: What is wrong and the value got.
        remedy: What to do about it.
        line: The line, from 1; None when it is about the whole file.
        column: The character in the line, from 1; None when it is about the whole line.
        value: The value got, shortened; None when there is none to show.
    """

    kind: ProblemKind
    message: str
    remedy: str
    line: int | None = None
    column: int | None = None
    value: str | None = None

    def __str__(self) -> str:
        """Says where, what, and what to do."""
        where = [
            f"{name} {number}"
            for name, number in (("line", self.line), ("column", self.column))
            if number is not None
        ]
        start = f"{', '.join(where)}: " if where else ""
        got = "" if self.value is None else f", got {self.value}"
        return f"{start}{self.message}{got}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class Report:
    """What a check of a file found.

    Attributes:
        records: How many lines were read as records, with and without problems.
        bytes: How many bytes were read.
        problems: The first problems, in the order of the file.
        problem_count: How many problems there are in all.
        warnings: What works but is worth a look.
        duplicates: How many records came before; None when they were not counted.
        duplicates_exact: Whether that is the number; otherwise there are at least so many.
        complete: Whether the file was read to its end. Where every line would be wrong for one
            reason, such as a compressed file, reading ends at once.
    """

    records: int
    bytes: int
    problems: tuple[Problem, ...]
    problem_count: int
    warnings: tuple[Problem, ...]
    duplicates: int | None
    duplicates_exact: bool
    complete: bool

    @property
    def ok(self) -> bool:
        """Whether there are no problems. Warnings are none."""
        return self.problem_count == 0


def shortened(text: str) -> str:
    """Returns a text on one line that is not too long to quote."""
    text = text.strip()
    printable = text if text.isprintable() else ascii(text)[1:-1]
    return printable if len(printable) <= _SHOWN else f"{printable[: _SHOWN - 1]}…"
