"""The names of types: Hive's in the catalog, Trino's in answers, DuckDB's in the engine."""

from __future__ import annotations

import re
from typing import Final

_HIVE_TO_DUCKDB: Final = {
    "boolean": "BOOLEAN",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "real": "FLOAT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "binary": "BLOB",
}
# What DuckDB computes with but Trino does not have is the next wider one.
_DUCKDB_TO_TRINO: Final = {
    "BOOLEAN": "boolean",
    "TINYINT": "tinyint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "UTINYINT": "smallint",
    "USMALLINT": "integer",
    "UINTEGER": "bigint",
    "BIGINT": "bigint",
    "UBIGINT": "bigint",
    "HUGEINT": "bigint",
    "UHUGEINT": "bigint",
    "FLOAT": "float",
    "DOUBLE": "double",
    "DATE": "date",
    "TIME": "time",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP_S": "timestamp",
    "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_NS": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "BLOB": "varbinary",
    "JSON": "json",
    "UUID": "uuid",
}
_TRINO_TO_HIVE: Final = {"integer": "int", "varchar": "string", "varbinary": "binary"}
_UNKNOWN: Final = '"NULL"'
# Sources: the widths that GetQueryResults was seen to answer with.
_PRECISIONS: Final = {
    "tinyint": 3,
    "smallint": 5,
    "integer": 10,
    "bigint": 19,
    "float": 17,
    "double": 17,
    "timestamp": 3,
    "time": 3,
    "varbinary": 1_073_741_824,
    "varchar": 2_147_483_647,
}


def is_unknown(duckdb_type: str) -> bool:
    """Tells whether a column has nothing but nulls, and so no type.

    Args:
        duckdb_type: The type.
    """
    return duckdb_type == _UNKNOWN


def hive_to_duckdb(hive_type: str) -> str:
    """Returns the type that DuckDB reads a column of the catalog as.

    Args:
        hive_type: Such as ``array<struct<a:int>>``.
    """
    text = hive_type.strip()
    lower = text.lower()
    outer = lower.partition("<")[0]
    if outer in ("array", "map", "struct") and lower.endswith(">"):
        parts = _split(text[len(outer) + 1 : -1])
        if outer == "array":
            return f"{hive_to_duckdb(parts[0])}[]"
        if outer == "map":
            return f"MAP({', '.join(hive_to_duckdb(part) for part in parts)})"
        fields = (part.partition(":") for part in parts)
        named = (
            f"{quoted(name.strip().lower())} {hive_to_duckdb(kind)}" for name, _, kind in fields
        )
        return f"STRUCT({', '.join(named)})"
    if lower.startswith("decimal"):
        return lower.upper() if "(" in lower else "DECIMAL(10,0)"
    return _HIVE_TO_DUCKDB.get(lower.partition("(")[0], "VARCHAR")


def duckdb_to_hive(duckdb_type: str) -> str:
    """Returns the type that the catalog has for a column of a query's answer.

    Args:
        duckdb_type: Such as ``STRUCT(a INTEGER)[]``.
    """
    if duckdb_type.endswith("[]"):
        return f"array<{duckdb_to_hive(duckdb_type[:-2])}>"
    outer, _, inner = duckdb_type.partition("(")
    if outer == "MAP":
        return f"map<{','.join(duckdb_to_hive(part) for part in _split(inner[:-1]))}>"
    if outer == "STRUCT":
        fields = (_field(part) for part in _split(inner[:-1]))
        return (
            f"struct<{','.join(f'{name.lower()}:{duckdb_to_hive(kind)}' for name, kind in fields)}>"
        )
    if outer == "DECIMAL":
        return duckdb_type.lower().replace(" ", "")
    kind = _DUCKDB_TO_TRINO.get(duckdb_type, "varchar")
    return _TRINO_TO_HIVE.get(kind, kind)


def duckdb_to_trino(duckdb_type: str) -> str:
    """Returns the base name of a type, as GetQueryResults answers it.

    Args:
        duckdb_type: The type.
    """
    if duckdb_type.endswith("[]"):
        return "array"
    outer = duckdb_type.partition("(")[0]
    nested = {"MAP": "map", "STRUCT": "row", "DECIMAL": "decimal"}
    return nested.get(outer) or _DUCKDB_TO_TRINO.get(duckdb_type, "varchar")


def precision_and_scale(duckdb_type: str) -> tuple[int, int]:
    """Returns the two numbers that GetQueryResults answers for a column.

    Args:
        duckdb_type: The type.
    """
    if found := re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", duckdb_type):
        return int(found.group(1)), int(found.group(2))
    return _PRECISIONS.get(duckdb_to_trino(duckdb_type), 0), 0


def storable(duckdb_type: str) -> str:
    """Returns the type that a column is written to a file as.

    Args:
        duckdb_type: The type of the query's answer.
    """
    return hive_to_duckdb(duckdb_to_hive(duckdb_type))


def quoted(name: str) -> str:
    """Returns a name as an identifier in quotes.

    Args:
        name: The name.
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Returns a text as a literal of SQL.

    Args:
        text: The text.
    """
    return "'" + text.replace("'", "''") + "'"


def _field(text: str) -> tuple[str, str]:
    if text.startswith('"'):
        name, _, kind = text[1:].partition('" ')
        return name, kind
    name, _, kind = text.partition(" ")
    return name, kind


def _split(text: str) -> list[str]:
    """Splits at the commas that are in no brackets."""
    parts, depth, start = [], 0, 0
    for index, character in enumerate(text):
        depth += (character in "<(") - (character in ">)")
        if character == "," and depth == 0:
            parts.append(text[start:index].strip())
            start = index + 1
    return [*parts, text[start:].strip()]
