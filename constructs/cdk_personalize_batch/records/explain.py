"""Why a line is no record. Slow and exact: it is asked only about lines that failed."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Final

from cdk_personalize_batch.records.formats import RecordFormat
from cdk_personalize_batch.records.problems import Problem, ProblemKind, shortened

BOM: Final = b"\xef\xbb\xbf"
_FILTER_VALUES: Final = "filterValues"
_HALF_CHARACTER: Final = re.compile("[\ud800-\udfff]")
_ONE_LINE: Final = "write every record on one line of its own, without indentation"
_NO_BOM: Final = "write the file as UTF-8 without a byte order mark"
_WRITE_JSON: Final = "write one JSON object a line, such as {example}"


class _RepeatedKeyError(ValueError):
    """An object has a key twice."""


def explain(line: bytes, record_format: RecordFormat, number: int, cause: Exception) -> Problem:
    """Says why a line is no record.

    Args:
        line: The line, without its line end. msgspec has refused it.
        record_format: What it should be.
        number: Its number, from 1.
        cause: What msgspec said, for what nothing below explains.
    """
    if line.startswith(BOM):
        return Problem(
            ProblemKind.BYTE_ORDER_MARK, "starts with a byte order mark", _NO_BOM, number, 1
        )
    if not line.strip():
        return Problem(ProblemKind.BLANK, "blank line", "remove it", number)
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        return Problem(
            ProblemKind.NOT_UTF_8,
            "not UTF-8",
            "write the file as UTF-8",
            number,
            len(line[: error.start].decode()) + 1,
            f"byte 0x{line[error.start]:02x}",
        )
    try:
        value = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_repeated_keys)
    except json.JSONDecodeError as error:
        return _syntax(text, record_format, number, error)
    except _RepeatedKeyError as error:
        column = text.rfind(json.dumps(str(error))) + 1
        return Problem(
            ProblemKind.REPEATED_KEY,
            f'"{error}" is there more than once',
            "keep one of them",
            number,
            column or None,
        )
    except (ValueError, RecursionError) as error:
        remedy = _WRITE_JSON.format(example=record_format.example)
        return Problem(
            ProblemKind.NOT_JSON,
            f"not JSON ({_said(error)})",
            remedy,
            number,
            value=shortened(text),
        )
    return _structure(text, value, record_format, number) or _unexplained(
        text, value, record_format, number, cause
    )


def _unexplained(
    text: str, value: object, record_format: RecordFormat, number: int, cause: Exception
) -> Problem:
    half = _HALF_CHARACTER.search(json.dumps(value, ensure_ascii=False))
    if half is not None:
        return Problem(
            ProblemKind.BROKEN_CHARACTER,
            "half of a surrogate pair, which is no character",
            "write whole characters, as UTF-8 or as both halves",
            number,
            value=ascii(half[0])[1:-1],
        )
    return Problem(
        ProblemKind.WRONG_TYPE,
        f"not a record ({cause})",
        _WRITE_JSON.format(example=record_format.example),
        number,
        value=shortened(text),
    )


def _syntax(
    text: str, record_format: RecordFormat, number: int, error: json.JSONDecodeError
) -> Problem:
    column = error.pos + 1
    start = text.lstrip()
    if error.msg == "Extra data":
        rest = text[error.pos :]
        if rest.strip() == ",":
            return Problem(
                ProblemKind.NOT_JSON,
                "comma after the record",
                "remove it: the records are lines, not the elements of an array",
                number,
                column,
            )
        if rest.startswith("{"):
            return Problem(
                ProblemKind.TWO_ON_A_LINE,
                "more than one record on the line",
                _ONE_LINE,
                number,
                column,
                shortened(rest),
            )
    if start[0] in "{[" and (error.pos >= len(text.rstrip()) or "Unterminated" in error.msg):
        return Problem(
            ProblemKind.SPLIT,
            "the record does not end on this line",
            _ONE_LINE,
            number,
            column,
            shortened(text),
        )
    remedy = _WRITE_JSON.format(example=record_format.example)
    if start.startswith("{'"):
        remedy = 'put keys and values in double quotes, as json.dumps does: {"key":"value"}'
    return Problem(
        ProblemKind.NOT_JSON, f"not JSON ({error.msg})", remedy, number, column, shortened(text)
    )


def _structure(
    text: str, value: object, record_format: RecordFormat, number: int
) -> Problem | None:
    if not isinstance(value, dict):
        return Problem(
            ProblemKind.NOT_AN_OBJECT,
            "must be an object",
            _WRITE_JSON.format(example=record_format.example),
            number,
            len(text) - len(text.lstrip()) + 1,
            shortened(text),
        )
    known = (*record_format.keys, _FILTER_VALUES)
    unknown = [key for key in value if key not in known]
    missing = [key for key in record_format.keys if key not in value]
    for key in unknown:
        right = next((name for name in known if _plain(name) in _spellings(key)), None)
        if right is not None and right not in value:
            return Problem(
                ProblemKind.MISSPELT_KEY,
                f'the key must be "{right}"',
                "letters, large and small, matter: rename it",
                number,
                _key_column(text, key),
                f'"{shortened(key)}"',
            )
    if missing:
        return Problem(
            ProblemKind.MISSING_KEY,
            f'"{missing[0]}" is missing',
            f"a record of the format {record_format.value} looks like {record_format.example}",
            number,
            value=shortened(text),
        )
    for key, what in value.items():
        problem = None if key in unknown else _value(text, key, what, number)
        if problem is not None:
            return problem
    for key in unknown:
        return Problem(
            ProblemKind.UNKNOWN_KEY,
            f"a record of the format {record_format.value} has no such key",
            f"remove it; the keys are {', '.join(known)}",
            number,
            _key_column(text, key),
            f'"{shortened(key)}"',
        )
    return None


def _value(text: str, key: str, value: object, number: int) -> Problem | None:
    if key == _FILTER_VALUES:
        if not isinstance(value, dict):
            return _wrong_type(text, key, key, value, number, "an object of strings")
        for name, one in value.items():
            if not isinstance(one, str):
                label = f"{key}.{shortened(name)}"
                return _wrong_type(text, name, label, one, number, "a string")
        return None
    if key != "itemList":
        return _id(text, key, key, value, number)
    if not isinstance(value, list):
        return _wrong_type(text, key, key, value, number, "an array of strings")
    if not value:
        return Problem(
            ProblemKind.EMPTY_VALUE,
            "itemList is empty",
            "give at least one item id, or leave the record out",
            number,
            _value_column(text, key),
        )
    problems = (_id(text, key, f"itemList[{at}]", one, number) for at, one in enumerate(value))
    return next((problem for problem in problems if problem is not None), None)


def _id(text: str, key: str, label: str, value: object, number: int) -> Problem | None:
    if isinstance(value, str):
        if value:
            return None
        return Problem(
            ProblemKind.EMPTY_VALUE,
            f"{label} is empty",
            "give it a value, or leave the record out",
            number,
            _value_column(text, key),
        )
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Problem(
            ProblemKind.NUMBER_AS_ID,
            f"{label} must be a string",
            f'put it in double quotes: "{shortened(json.dumps(value))}"',
            number,
            _value_column(text, key),
            shortened(json.dumps(value)),
        )
    return _wrong_type(text, key, label, value, number, "a string")


def _wrong_type(text: str, key: str, label: str, value: object, number: int, right: str) -> Problem:
    return Problem(
        ProblemKind.WRONG_TYPE,
        f"{label} must be {right}",
        f"give {right}, or leave the record out",
        number,
        _value_column(text, key),
        shortened(json.dumps(value, ensure_ascii=False)),
    )


def _key_column(text: str, key: str) -> int | None:
    """Returns where a key is; None where it is written in another way than json.dumps would."""
    found = re.search(rf"{re.escape(json.dumps(key, ensure_ascii=False))}\s*:", text)
    return None if found is None else found.start() + 1


def _value_column(text: str, key: str) -> int | None:
    found = re.search(rf"{re.escape(json.dumps(key, ensure_ascii=False))}\s*:\s*", text)
    return None if found is None else found.end() + 1


def _spellings(key: str) -> tuple[str, str]:
    """Returns what a misspelt key may have been meant to be: `user` is `userId`, too."""
    return _plain(key), f"{_plain(key)}id"


def _plain(key: str) -> str:
    """Returns what is left of a key when case and punctuation do not matter."""
    return re.sub(r"[\W_]", "", key).lower().removesuffix("s")


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _no_repeated_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    (key, count), *_ = Counter(key for key, _ in pairs).most_common(1) or [("", 0)]
    if count > 1:
        raise _RepeatedKeyError(key)
    return dict(pairs)


def _said(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)
