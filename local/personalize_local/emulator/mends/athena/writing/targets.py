"""Queries that write: CREATE TABLE AS, UNLOAD and INSERT.

Sources: "UNLOAD", "CREATE TABLE AS" and "INSERT INTO" in the user guide.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ministack.services import athena, glue

from personalize_local.emulator.mends.athena.queries import objects, types, values
from personalize_local.emulator.mends.athena.queries.engine import CATALOG, Column, Engine
from personalize_local.emulator.mends.athena.queries.failures import QueryFailed
from personalize_local.emulator.mends.athena.queries.functions import unsupported
from personalize_local.emulator.mends.athena.queries.objects import Place
from personalize_local.emulator.mends.athena.queries.statements import Statement
from personalize_local.emulator.mends.athena.writing import formats, layouts
from personalize_local.emulator.mends.athena.writing.layouts import Layout, checked, layout_of

if TYPE_CHECKING:
    from sqlglot import exp

_MOST_PARTITIONS: Final = 100
_TOO_MANY: Final = "Exceeded limit of 100 open writers for partitions/buckets"
_ROWS_AT_ONCE: Final = 2048
_KINDS: Final = {"parquet": layouts.PARQUET, "json": layouts.JSON, "csv": layouts.TEXT}
_SERDES: Final = {
    layouts.PARQUET: athena._STORED_AS["parquet"],
    layouts.JSON: (
        *athena._STORED_AS["textfile"][:2],
        "org.apache.hive.hcatalog.data.JsonSerDe",
    ),
    layouts.TEXT: athena._STORED_AS["textfile"],
}


@dataclass(frozen=True, slots=True)
class Written:
    """What a query wrote.

    Attributes:
        rows: How many rows.
        files: The objects, in the order of their making.
        bytes: Their size together.
    """

    rows: int
    files: tuple[Place, ...]
    bytes: int


def create_table_as(
    engine: Engine, statement: Statement, query: exp.Expr, database: str, folder: Place | None
) -> Written | None:
    """Makes a table of the answer of a query.

    Args:
        engine: The engine.
        statement: The statement.
        query: Its query.
        database: The database of the table.
        folder: Where the files go when the statement does not say.

    Returns:
        What was written; None when there is such a table already, which shall be kept.

    Raises:
        QueryFailed: The query, the table or the place is wrong.
    """
    name = statement.target[1]
    if f"{database}/{name}" in glue._tables:
        if statement.only_if_new:
            return None
        raise QueryFailed(
            "TABLE_ALREADY_EXISTS", f"line 1:1: Table '{CATALOG}.{database}.{name}' already exists"
        )
    if database not in glue._databases:
        raise QueryFailed("SCHEMA_NOT_FOUND", f"line 1:1: Schema '{database}' does not exist")
    layout = layout_of(statement.properties, layouts.OF_TABLES, layouts.PARQUET)
    target = _target(statement.properties.get("external_location"), folder)
    _refuse_full(target, f"{database}.{name}")
    columns = checked(engine.bind(query), layout)
    written = Written(0, (), 0)
    if statement.with_data:
        written = _write(engine, columns, layout, target)
    _register(database, name, columns, layout, target)
    _add_partitions(database, name, layout, target, written.files)
    return written


def unload(engine: Engine, statement: Statement, query: exp.Expr, query_id: str) -> Written:
    """Writes the answer of a query to a folder.

    Args:
        engine: The engine.
        statement: The statement.
        query: Its query.
        query_id: The id of the execution.

    Raises:
        QueryFailed: The query or the place is wrong; what was written already stays.
    """
    layout = layout_of(statement.properties, layouts.OF_FOLDERS)
    target = _target(statement.location, None)
    if not layout.keys:
        _refuse_full(target, f"default.unload_{query_id.replace('-', '_')}")
    return _write(engine, checked(engine.bind(query), layout), layout, target)


def insert(engine: Engine, statement: Statement, query: exp.Expr, database: str) -> Written:
    """Adds the answer of a query to a table.

    Args:
        engine: The engine.
        statement: The statement.
        query: Its query.
        database: The database of the table.

    Raises:
        QueryFailed: The query or the table is wrong.
    """
    name = statement.target[1]
    table = glue._tables.get(f"{database}/{name}")
    if table is None:
        raise QueryFailed(
            "TABLE_NOT_FOUND", f"line 1:1: Table '{CATALOG}.{database}.{name}' does not exist"
        )
    kind = _KINDS.get(athena._data_format(table))
    if kind is None:
        raise unsupported(f"INSERT into tables of the format {athena._data_format(table)}")
    serde = (table["StorageDescriptor"].get("SerdeInfo") or {}).get("Parameters") or {}
    keys = tuple(key["Name"] for key in table.get("PartitionKeys") or ())
    compression = layouts.GZIP if kind == layouts.PARQUET else layouts.NONE
    layout = Layout(kind, compression, serde.get("field.delim", layouts.DELIMITER), keys)
    described = [*table["StorageDescriptor"]["Columns"], *(table.get("PartitionKeys") or ())]
    wanted = statement.properties.get("columns") or [one["Name"] for one in described]
    found = engine.bind(query)
    if len(found) != len(wanted):
        raise QueryFailed(
            "TYPE_MISMATCH",
            "line 1:1: Insert query has mismatched column types: Table has"
            f" {len(wanted)} columns, query has {len(found)}",
        )
    hive = {one["Name"].lower(): types.hive_to_duckdb(one["Type"]) for one in described}
    columns = [Column(given.lower(), hive[given.lower()]) for given in wanted]
    target = _target(table["StorageDescriptor"]["Location"], None)
    written = _write(engine, columns, layout, target)
    _add_partitions(database, name, layout, target, written.files)
    return written


def _target(uri: Any, default: Place | None) -> Place:  # noqa: ANN401 - a property's value
    place = objects.parse(str(uri)) if uri else default
    if place is None:
        raise QueryFailed("INVALID_TABLE_PROPERTY", f"the location is no folder in S3: {uri}")
    if not objects.has_bucket(place.bucket):
        raise QueryFailed("HIVE_UNKNOWN_ERROR", f"The S3 bucket {place.bucket} does not exist")
    return place


def _refuse_full(target: Place, table: str) -> None:
    if not objects.is_empty(target):
        raise QueryFailed(
            "HIVE_PATH_ALREADY_EXISTS",
            f"Target directory for table '{table}' already exists: {target.uri}",
        )


def _write(engine: Engine, columns: list[Column], layout: Layout, target: Place) -> Written:
    """Writes the rows as they come.

    A query that fails leaves files behind, as on AWS: those that are whole, and one that is not.
    """
    count, size = 0, 0
    files: list[Place] = []
    folders: set[str] = set()
    kept = columns[: len(columns) - len(layout.keys)]
    try:
        engine.run()
        while rows := engine.rows(_ROWS_AT_ONCE):
            for folder, some in _folders(rows, columns, layout).items():
                _count(folders, folder)
                content = formats.content_of(kept, some, layout, engine.folder)
                files.append(target.below(folder + _new_name(layout)))
                objects.write(files[-1], content)
                size += len(content)
            count += len(rows)
    except QueryFailed:
        objects.write(target.below(_new_name(layout)), b"")
        raise
    return Written(count, tuple(files), size)


def _count(folders: set[str], folder: str) -> None:
    folders.add(folder)
    if len(folders) > _MOST_PARTITIONS:
        raise QueryFailed("HIVE_TOO_MANY_OPEN_PARTITIONS", _TOO_MANY)


def _new_name(layout: Layout) -> str:
    made = time.strftime("%Y%m%d_%H%M%S", time.gmtime())
    return f"{made}_{uuid.uuid4()}{formats.suffix_of(layout)}"


def _folders(
    rows: Sequence[tuple[Any, ...]], columns: list[Column], layout: Layout
) -> dict[str, list[tuple[Any, ...]]]:
    """Returns the rows by the folder of their partition, without its values."""
    last = len(columns) - len(layout.keys)
    found: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        parts = (
            f"{key}={values.as_text(value) or '__HIVE_DEFAULT_PARTITION__'}/"
            for key, value in zip(layout.keys, row[last:], strict=True)
        )
        found.setdefault("".join(parts), []).append(row[:last])
    return found


def _register(
    database: str, name: str, columns: list[Column], layout: Layout, target: Place
) -> None:
    input_format, output_format, serde = _SERDES[layout.format]
    parameters = {"serialization.format": "1"}
    if layout.format == layouts.TEXT:
        parameters = {"field.delim": layout.delimiter, "serialization.format": layout.delimiter}
    described = [{"Name": one.name, "Type": types.duckdb_to_hive(one.type)} for one in columns]
    last = len(described) - len(layout.keys)
    glue._create_table(
        {
            "DatabaseName": database,
            "TableInput": {
                "Name": name,
                "TableType": "EXTERNAL_TABLE",
                "Parameters": {"EXTERNAL": "TRUE", "has_encrypted_data": "false"},
                "PartitionKeys": described[last:],
                "StorageDescriptor": {
                    "Columns": described[:last],
                    "Location": target.uri,
                    "InputFormat": input_format,
                    "OutputFormat": output_format,
                    "SerdeInfo": {
                        "Name": name,
                        "SerializationLibrary": serde,
                        "Parameters": parameters,
                    },
                },
            },
        }
    )


def _add_partitions(
    database: str, name: str, layout: Layout, target: Place, files: Sequence[Place]
) -> None:
    for folder in dict.fromkeys(_folder_of(file, target, layout) for file in files):
        if folder:
            given = [part.partition("=")[2] for part in folder.split("/")]
            place = {"Location": target.below(folder).uri}
            partition = {"Values": given, "StorageDescriptor": place}
            glue._create_partition(
                {"DatabaseName": database, "TableName": name, "PartitionInput": partition}
            )


def _folder_of(file: Place, target: Place, layout: Layout) -> str:
    inside = file.key[len(target.below("").key) :].split("/")
    return "/".join(inside[: len(layout.keys)])
