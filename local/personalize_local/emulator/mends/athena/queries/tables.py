"""Reads the objects of tables as the catalog describes them.

Source: "Supported SerDes and data formats" in the user guide.
"""

# SQL is made of texts here: names are quoted, and values are literals.
# ruff: noqa: S608

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ministack.services import athena

from personalize_local.emulator.mends.athena.queries import dialect, objects, partitions
from personalize_local.emulator.mends.athena.queries.failures import QueryFailed
from personalize_local.emulator.mends.athena.queries.functions import unsupported
from personalize_local.emulator.mends.athena.queries.objects import Place
from personalize_local.emulator.mends.athena.queries.partitions import Table, Wanted
from personalize_local.emulator.mends.athena.queries.types import hive_to_duckdb, literal, quoted

if TYPE_CHECKING:
    import duckdb

_NULL: Final = r"'\N'"
_TOLERANT: Final = "ignore.malformed.json"


class Reader:
    """Makes relations of DuckDB over the tables of one query.

    Attributes:
        bytes_read: The size of all objects that were read.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        """Makes a reader.

        Args:
            connection: The connection of the query.
            folder: Where the content of objects goes.
        """
        self._connection = connection
        self._folder = folder
        self._files = 0
        self.bytes_read = 0

    def add(self, database: str, table: Table, wanted: Wanted) -> None:
        """Makes the relation of a table, and the one with the path of each row.

        Args:
            database: The database.
            table: The table, as Glue has it.
            wanted: The values of its injected columns.
        """
        plain, with_path = [], []
        for values, places in partitions.parts(table, wanted):
            files = [(place, file) for place in places if (file := self._stored(table, place))]
            if files:
                plain.append(self._part(table, values, [file for _, file in files]))
                with_path += [
                    _with_path(self._part(table, values, [file]), literal(place.uri))
                    for place, file in files
                ]
        nothing = f"SELECT {', '.join(_nulls(_described(table)))} WHERE FALSE"
        no_path = _with_path(nothing, "CAST(NULL AS VARCHAR)")
        self._view(database, table["Name"], plain or [nothing])
        self._view(database, dialect.with_path(table["Name"]), with_path or [no_path])

    def _view(self, database: str, name: str, selects: Sequence[str]) -> None:
        where = f"{quoted(database)}.{quoted(name)}"
        self._connection.execute(f"CREATE OR REPLACE VIEW {where} AS {' UNION ALL '.join(selects)}")

    def _stored(self, table: Table, place: Place) -> Path | None:
        """Copies an object to a file that DuckDB can read; None for one without records."""
        stored = objects.read(place)
        self.bytes_read += len(stored)
        kind = athena._data_format(table)
        content = stored if kind == "parquet" else objects.unpacked(place, stored)
        if kind == "json":
            content = _lowered(table, place, content)
        if not content:
            return None
        self._files += 1
        file = self._folder / str(self._files)
        file.write_bytes(content)
        return file

    def _part(self, table: Table, values: Mapping[str, str], files: Sequence[Path]) -> str:
        keys = [
            f"CAST({literal(values[key['Name']])} AS {hive_to_duckdb(key['Type'])})"
            f" AS {quoted(key['Name'])}"
            for key in table.get("PartitionKeys") or ()
        ]
        return f"SELECT {', '.join(['*', *keys])} FROM {self._relation(table, files)}"

    def _relation(self, table: Table, files: Sequence[Path]) -> str:
        kind = athena._data_format(table)
        paths = athena._sql_list([str(file) for file in files])
        columns = table["StorageDescriptor"]["Columns"]
        if kind == "json":
            described = ", ".join(
                f"{literal(one['Name'])}: {literal(hive_to_duckdb(one['Type']))}" for one in columns
            )
            return (
                f"read_json({paths}, format = 'nd', compression = 'none',"
                f" maximum_object_size = {max(file.stat().st_size for file in files) + 1},"
                f" columns = {{{described}}})"
            )
        if kind == "parquet":
            found = f"read_parquet({paths}, union_by_name = true, hive_partitioning = false)"
            rows = self._connection.execute(f"DESCRIBE SELECT * FROM {found}").fetchall()
            names = {str(row[0]).lower() for row in rows}
            chosen = (
                quoted(one["Name"]) if one["Name"].lower() in names else "NULL" for one in columns
            )
            cast = (
                f"CAST({name} AS {hive_to_duckdb(one['Type'])}) AS {quoted(one['Name'])}"
                for name, one in zip(chosen, columns, strict=True)
            )
            return f"(SELECT {', '.join(cast)} FROM {found})"
        if kind == "csv":
            text: str = athena._table_relation({**table, "PartitionKeys": []}, [*map(str, files)])
            return text.replace("auto_detect = false", f"auto_detect = false, nullstr = {_NULL}", 1)
        raise unsupported(f"reading tables of the format {kind}")


def _with_path(select: str, path: str) -> str:
    return f"SELECT *, {path} AS {quoted(dialect.PATH)} FROM ({select})"


def _described(table: Table) -> list[Mapping[str, str]]:
    return [*table["StorageDescriptor"]["Columns"], *(table.get("PartitionKeys") or ())]


def _nulls(columns: Sequence[Mapping[str, str]]) -> list[str]:
    return [
        f"CAST(NULL AS {hive_to_duckdb(one['Type'])}) AS {quoted(one['Name'])}" for one in columns
    ]


def _lowered(table: Table, place: Place, content: bytes) -> bytes:
    """Brings the names in records to lower case, as the SerDe reads them."""
    serde = (table["StorageDescriptor"].get("SerdeInfo") or {}).get("Parameters") or {}
    tolerant = str(serde.get(_TOLERANT, "")).lower() == "true"
    rows = []
    for line in content.decode("utf-8", errors="replace").split("\n"):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if not isinstance(record, dict):
            if not tolerant:
                raise QueryFailed(
                    "HIVE_CURSOR_ERROR", f"Row is not a valid JSON Object - {place.uri}"
                )
            record = {}
        rows.append(json.dumps(_lower(record)) + "\n")
    return "".join(rows).encode()


def _lower(value: Any) -> Any:  # noqa: ANN401 - JSON values
    if isinstance(value, dict):
        return {name.lower(): _lower(field) for name, field in value.items()}
    return [_lower(one) for one in value] if isinstance(value, list) else value
