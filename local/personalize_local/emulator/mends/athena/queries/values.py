"""The values of answers as text, in Athena's notation.

Source: what GetQueryResults and the files of results were seen to hold.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

_PLAIN_FROM: Final = 1e-3
_PLAIN_TO: Final = 1e7
# How DuckDB names the fields of a row that has no names.
_UNNAMED: Final = re.compile(r"_\d+|v\d+|")


def as_text(value: Any) -> str | None:  # noqa: ANN401 - any value of a query
    """Returns a value as Athena writes it; None for null.

    Args:
        value: The value, as DuckDB gives it.
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _double(value)
    if isinstance(value, bytes):
        return " ".join(f"{byte:02x}" for byte in value)
    if isinstance(value, datetime.datetime):
        zone = " UTC" if value.tzinfo else ""
        return value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d}" + zone
    if isinstance(value, datetime.time):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Mapping):
        return _row(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(_inner(one) for one in value)}]"
    return str(value)


def csv_line(values: Sequence[str | None]) -> str:
    """Returns one line of a result file.

    Args:
        values: The texts; null is nothing at all, an empty text is in quotes.
    """
    fields = ("" if one is None else '"' + one.replace('"', '""') + '"' for one in values)
    return ",".join(fields) + "\n"


def csv_lines(rows: Iterable[Sequence[str | None]]) -> bytes:
    """Returns a result file.

    Args:
        rows: The header, and the rows.
    """
    return "".join(csv_line(row) for row in rows).encode()


def _inner(value: Any) -> str:  # noqa: ANN401
    text = as_text(value)
    return "null" if text is None else text


def _row(value: Mapping[Any, Any]) -> str:
    if all(isinstance(name, str) and _UNNAMED.fullmatch(name) for name in value) and value:
        return "{" + ", ".join(_inner(one) for one in value.values()) + "}"
    fields = (f"{_inner(name)}={_inner(one)}" for name, one in value.items())
    return "{" + ", ".join(fields) + "}"


def _double(value: float) -> str:
    """Java's notation: exponents below 10^-3 and from 10^7, and always a point."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or _PLAIN_FROM <= abs(value) < _PLAIN_TO:
        return repr(value) if "e" not in repr(value) else f"{Decimal(repr(value)):f}"
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits)).rstrip("0")
    power = len(digits) - 1 + int(exponent)
    return f"{'-' if sign else ''}{text[0]}.{text[1:] or '0'}E{power}"
