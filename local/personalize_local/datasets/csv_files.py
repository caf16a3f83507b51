"""CSV files of an import: read by DuckDB, checked against the schema.

Source: "Bulk data format guidelines" and the pages of schema requirements in the developer guide
say what a file needs. What AWS answers is not documented; the sentences here are this project's. A
column that the schema does not name is ignored, which is not documented either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from personalize_local import limits
from personalize_local.catalog.facts import INTERACTIONS
from personalize_local.datasets.schemas import Schema, SchemaField
from personalize_local.errors import JobFailed

if TYPE_CHECKING:
    import duckdb

_HEADER_BYTES: Final = 1_000_000
_BOM: Final = b"\xef\xbb\xbf"
_SHOWN: Final = 80
_LINE: Final = re.compile(r"CSV Error on Line: (\d+)")
_COLUMNS: Final = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")
_INTEGER: Final = r"^-?[0-9]{1,18}$"
_SQL_TYPES: Final = {
    "string": "VARCHAR",
    "int": "BIGINT",
    "long": "BIGINT",
    "float": "DOUBLE",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
}


def read_into(
    database: duckdb.DuckDBPyConnection, table: str, schema: Schema, path: Path, label: str
) -> None:
    """Adds the rows of a CSV file to a table that has the columns of the schema.

    Args:
        database: Where the table is.
        table: The table; columns are named by the schema.
        schema: What the file must fit.
        path: The file.
        label: What it is called in errors.

    Raises:
        JobFailed: The file is not CSV, or does not fit the schema; then no row is added.
    """
    import duckdb

    header = _header(path, label)
    places = _places(header, schema, label)
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(header)))
    picked = ", ".join(
        f"nullif(c{place}, '') AS {_quoted(field.name)}"
        for field, place in zip(schema.fields, places, strict=True)
    )
    try:
        database.execute(
            f"CREATE OR REPLACE TEMP TABLE staged AS SELECT row_number() OVER () AS row, {picked} "
            f"FROM read_csv(?, header=false, skip=1, auto_detect=false, columns={{{columns}}}, "
            "delim=',', quote='\"', escape='\"', strict_mode=true, null_padding=false, "
            "compression='none')",
            [str(path)],
        )
    except duckdb.Error as error:
        raise JobFailed(f"{label}: {_told(error)}") from None
    for field in schema.fields:
        _check(database, field, label)
    if schema.dataset == INTERACTIONS:
        _check_event_types(database, schema, label)
    typed = ", ".join(
        f"CAST({_quoted(field.name)} AS {_SQL_TYPES[field.type]})" for field in schema.fields
    )
    database.execute(f"INSERT INTO {table} SELECT {typed} FROM staged ORDER BY row")
    database.execute("DROP TABLE staged")


def create_table(database: duckdb.DuckDBPyConnection, table: str, schema: Schema) -> None:
    """Makes an empty table for the rows of a data set."""
    columns = ", ".join(f"{_quoted(one.name)} {_SQL_TYPES[one.type]}" for one in schema.fields)
    database.execute(f"CREATE TABLE {table} ({columns})")


def _header(path: Path, label: str) -> list[str]:
    with path.open("rb") as file:
        first = file.readline(_HEADER_BYTES)
    if not first.strip():
        raise JobFailed(f"{label} is empty: its first line must be the names of the columns")
    if first.startswith(_BOM):
        raise JobFailed(f"{label} begins with a byte order mark; write it as UTF-8 without one")
    try:
        text = first.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise JobFailed(f"{label} is not UTF-8: its first line cannot be read") from None
    if '"' in text:
        raise JobFailed(f"{label} has quotes in its first line; write the names without them")
    names = text.split(",")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise JobFailed(f"{label} has two columns {_shown(twice)}")
    return names


def _places(header: Sequence[str], schema: Schema, label: str) -> list[int]:
    missing = [name for name in schema.names if name not in header]
    if missing:
        raise JobFailed(
            f"{label} is missing columns of the schema: {', '.join(missing)}; it has "
            f"{_shown(', '.join(header))}"
        )
    places = [header.index(name) for name in schema.names]
    if places != sorted(places):
        raise JobFailed(
            f"{label} has its columns in another order than the schema: {', '.join(schema.names)}"
        )
    return places


def _check(database: duckdb.DuckDBPyConnection, field: SchemaField, label: str) -> None:
    name = _quoted(field.name)
    for condition, said in _rules(field, name):
        found = database.execute(
            f"SELECT row, {name} FROM staged WHERE {condition} ORDER BY row LIMIT 1"
        ).fetchone()
        if found is not None:
            row, value = found
            # The header is line 1.
            raise JobFailed(f"{label}, line {row + 1}: {field.name} {said}{_got(value)}")


def _rules(field: SchemaField, name: str) -> Iterator[tuple[str, str]]:
    """Yields conditions on bad values, with what to say of them."""
    if not field.nullable:
        yield f"{name} IS NULL", "is empty, and the schema does not allow null"
    if field.type in ("int", "long"):
        yield f"NOT regexp_matches({name}, '{_INTEGER}')", f"must be a whole number ({field.type})"
        if field.type == "int":
            low, high = -(2**31), 2**31 - 1
            yield f"TRY_CAST({name} AS BIGINT) NOT BETWEEN {low} AND {high}", "is no 32-bit int"
    elif field.is_number:
        yield (
            f"{name} IS NOT NULL AND NOT coalesce(isfinite(TRY_CAST({name} AS DOUBLE)), false)",
            f"must be a number ({field.type})",
        )
    elif field.type == "boolean":
        yield f"lower({name}) NOT IN ('true', 'false')", "must be true or false"
    else:
        yield f"contains({name}, chr(10))", "has a line end; a record must be on one line"
        is_id = field.name in ("USER_ID", "ITEM_ID")
        most = limits.TEXTUAL_CHARACTERS if field.textual else limits.TEXT_CHARACTERS
        most = limits.ID_CHARACTERS if is_id else most
        yield f"length({name}) > {most}", f"has more than {most} characters"


def _check_event_types(database: duckdb.DuckDBPyConnection, schema: Schema, label: str) -> None:
    optional = len(schema.fields) - len(("USER_ID", "ITEM_ID", "TIMESTAMP"))
    if "EVENT_TYPE" not in schema.names:
        return
    (types,) = database.execute("SELECT count(DISTINCT EVENT_TYPE) FROM staged").fetchone() or (0,)
    if types + optional > limits.EVENT_TYPES_AND_FIELDS:
        raise JobFailed(
            f"{label} has {types} event types, and its schema {optional} optional fields; together "
            f"at most {limits.EVENT_TYPES_AND_FIELDS}"
        )


def _told(error: duckdb.Error) -> str:
    text = str(error)
    line, columns = _LINE.search(text), _COLUMNS.search(text)
    where = f"line {line[1]}: " if line else ""
    if columns:
        return f"{where}{columns[2]} cells, and the first line has {columns[1]}"
    lowered = text.lower()
    if "unicode" in lowered or "utf-8" in lowered or "utf8" in lowered:
        return f"{where}not UTF-8"
    if "quote" in lowered:
        return f"{where}a quote is not closed, or text follows a closed one"
    if "line size" in lowered or "buffer" in lowered:
        return f"{where}a line is longer than 2 MB"
    return f"{where}not CSV: {_shown(text.partition(chr(10))[0])}"


def _got(value: object) -> str:
    return "" if value is None else f", got {_shown(str(value))}"


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")


def _quoted(name: str) -> str:
    """Quotes a name for SQL; schemas admit letters, digits and `_` only."""
    return f'"{name}"'
