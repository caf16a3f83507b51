"""Records as the content of files."""

# SQL is made of texts here: names are quoted, and values are literals.
# ruff: noqa: S608

from __future__ import annotations

import gzip
import json
import math
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from personalize_local.emulator.mends.athena.queries import types, values
from personalize_local.emulator.mends.athena.queries.engine import Column
from personalize_local.emulator.mends.athena.writing import layouts
from personalize_local.emulator.mends.athena.writing.layouts import Layout

_INNER_DELIMITERS: Final = ("\x02", "\x03")
_NULL: Final = "\\N"
_BYTES: Final = "BLOB"

Rows = Sequence[tuple[Any, ...]]


def content_of(columns: list[Column], rows: Rows, layout: Layout, folder: Path) -> bytes:
    """Returns the content of a file.

    Args:
        columns: The columns.
        rows: Their values.
        layout: How they are written.
        folder: A folder for files of its own.
    """
    return _WRITERS[layout.format](columns, rows, layout, folder)


def suffix_of(layout: Layout) -> str:
    """Returns what the names of files end with.

    Args:
        layout: How they are written.
    """
    packed = layout.format != layouts.PARQUET and layout.compression == layouts.GZIP
    return ".gz" if packed else ""


def _parquet(columns: list[Column], rows: Rows, layout: Layout, folder: Path) -> bytes:
    import duckdb

    given, file = folder / f"{uuid.uuid4()}.json", folder / f"{uuid.uuid4()}.parquet"
    given.write_text("".join(_lines(columns, rows)), encoding="utf-8")
    read = ", ".join(
        f"{types.literal(one.name)}: {types.literal('VARCHAR' if one.type == _BYTES else one.type)}"
        for one in columns
    )
    chosen = ", ".join(
        f"unhex(replace({types.quoted(one.name)}, ' ', '')) AS {types.quoted(one.name)}"
        if one.type == _BYTES
        else types.quoted(one.name)
        for one in columns
    )
    compression = layouts.PARQUET_COMPRESSIONS[layout.compression]
    # A connection of its own: that of the query still gives rows.
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            f"COPY (SELECT {chosen} FROM read_json({types.literal(str(given))}, format = 'nd',"
            f" maximum_object_size = {given.stat().st_size + 1}, columns = {{{read}}}))"
            f" TO {types.literal(str(file))} (FORMAT parquet, COMPRESSION {compression})"
        )
    return file.read_bytes()


def _json(columns: list[Column], rows: Rows, layout: Layout, _folder: Path) -> bytes:
    return _packed("".join(_lines(columns, rows)), layout)


def _lines(columns: list[Column], rows: Rows) -> list[str]:
    names = [column.name for column in columns]
    records = (_plain(dict(zip(names, row, strict=True))) for row in rows)
    return [
        json.dumps(record, default=values.as_text, separators=(",", ":"), ensure_ascii=False) + "\n"
        for record in records
    ]


def _plain(value: Any) -> Any:  # noqa: ANN401 - values of a query
    """Returns a value as JSON can have it, with the names of fields in lower case."""
    if isinstance(value, Mapping):
        return {str(name).lower(): _plain(one) for name, one in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return values.as_text(value)
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _text(_columns: list[Column], rows: Rows, layout: Layout, _folder: Path) -> bytes:
    lines = (layout.delimiter.join(_field(value) for value in row) + "\n" for row in rows)
    return _packed("".join(lines), layout)


def _field(value: Any, depth: int = 0) -> str:  # noqa: ANN401 - values of a query
    if value is None:
        return _NULL
    items, entries = _INNER_DELIMITERS
    if isinstance(value, list | tuple) and depth == 0:
        return items.join(_field(one, 1) for one in value)
    if isinstance(value, Mapping) and depth == 0:
        pairs = ((_field(name, 1), _field(one, 1)) for name, one in value.items())
        return items.join(f"{name}{entries}{one}" for name, one in pairs)
    return values.as_text(value) or ""


def _packed(text: str, layout: Layout) -> bytes:
    content = text.encode()
    return gzip.compress(content, mtime=0) if layout.compression == layouts.GZIP else content


_WRITERS: Final[Mapping[str, Callable[[list[Column], Rows, Layout, Path], bytes]]] = {
    layouts.PARQUET: _parquet,
    layouts.JSON: _json,
    layouts.TEXT: _text,
}
