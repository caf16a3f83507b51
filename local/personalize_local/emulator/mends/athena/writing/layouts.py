"""How a statement has its records written.

Sources: "UNLOAD", "CREATE TABLE AS" and "Use compression in Athena" in the user guide. What DuckDB
cannot write (ORC, Avro, Iceberg) is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from personalize_local.emulator.mends.athena.queries import types
from personalize_local.emulator.mends.athena.queries.engine import CATALOG, Column
from personalize_local.emulator.mends.athena.queries.failures import QueryFailed
from personalize_local.emulator.mends.athena.queries.functions import unsupported

PARQUET: Final = "PARQUET"
JSON: Final = "JSON"
TEXT: Final = "TEXTFILE"
GZIP: Final = "GZIP"
NONE: Final = "NONE"
# What DuckDB calls the compressions of Parquet.
PARQUET_COMPRESSIONS: Final = {
    GZIP: "gzip",
    "SNAPPY": "snappy",
    "ZSTD": "zstd",
    NONE: "uncompressed",
}
DELIMITER: Final = "\x01"
_FORMATS: Final = (PARQUET, JSON, TEXT)
OF_FOLDERS: Final = frozenset(("format", "compression", "field_delimiter", "partitioned_by"))
_NAMES: Final = """
external_location write_compression parquet_compression orc_compression bucketed_by bucket_count
table_type is_external compression_level
"""
OF_TABLES: Final = OF_FOLDERS - {"compression"} | frozenset(_NAMES.split())


@dataclass(frozen=True, slots=True)
class Layout:
    """How records are written.

    Attributes:
        format: `PARQUET`, `JSON` or `TEXTFILE`.
        compression: `GZIP`, `SNAPPY`, `ZSTD` or `NONE`.
        delimiter: What stands between the fields of text.
        keys: The columns that make folders.
    """

    format: str
    compression: str
    delimiter: str = DELIMITER
    keys: tuple[str, ...] = ()


def layout_of(given: Mapping[str, Any], allowed: frozenset[str], default: str = "") -> Layout:
    """Returns what the properties of a statement say.

    Args:
        given: The properties.
        allowed: The names of properties that there are.
        default: The format when none is given; empty for none.

    Raises:
        QueryFailed: A property or its value is unknown, or cannot be had here.
    """
    for name in given:
        if name not in allowed:
            raise QueryFailed(
                "INVALID_TABLE_PROPERTY",
                f"line 1:1: Catalog '{CATALOG}' table property '{name}' does not exist",
            )
    if str(given.get("table_type", "HIVE")).upper() != "HIVE":
        raise unsupported("tables of the type ICEBERG")
    form = str(given.get("format") or default).upper()
    if form not in _FORMATS:
        raise unsupported(f"the format {form or '(none given)'}; give one of {', '.join(_FORMATS)}")
    names = ("compression", "write_compression", f"{form.lower()}_compression")
    compression = next((str(given[name]).upper() for name in names if name in given), GZIP)
    possible = PARQUET_COMPRESSIONS if form == PARQUET else (GZIP, NONE)
    if compression not in possible:
        raise unsupported(f"the compression {compression} of {form}")
    delimiter = str(given.get("field_delimiter") or DELIMITER)
    if len(delimiter) != 1:
        raise QueryFailed(
            "INVALID_TABLE_PROPERTY", f"the field delimiter must be a single character: {delimiter}"
        )
    return Layout(form, compression, delimiter, tuple(given.get("partitioned_by") or ()))


def checked(columns: list[Column], layout: Layout) -> list[Column]:
    """Returns the columns of an answer as they are written: names in lower case, types of files.

    Args:
        columns: The columns.
        layout: How they are written.

    Raises:
        QueryFailed: A column has no name, the name of another, or no type; or the columns that
            make folders are not the last ones.
    """
    names: set[str] = set()
    for place, column in enumerate(columns, 1):
        name = column.name.lower()
        if name == f"_col{place - 1}":
            message = f"Column name not specified at position {place}"
            raise QueryFailed("MISSING_COLUMN_NAME", f"line 1:1: {message}")
        if name in names:
            message = f"Column name '{name}' specified more than once"
            raise QueryFailed("DUPLICATE_COLUMN_NAME", f"line 1:1: {message}")
        if types.is_unknown(column.type):
            message = f"Column type is unknown at position {place}"
            raise QueryFailed("COLUMN_TYPE_UNKNOWN", f"line 1:1: {message}")
        names.add(name)
    given = [column.name.lower() for column in columns]
    if layout.keys and tuple(given[-len(layout.keys) :]) != layout.keys:
        raise QueryFailed(
            "HIVE_COLUMN_ORDER_MISMATCH",
            "Partition keys must be the last columns in the table and in the same order as the"
            f" table properties: [{', '.join(layout.keys)}]",
        )
    return [Column(column.name.lower(), types.storable(column.type)) for column in columns]
