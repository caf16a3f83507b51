"""Statements about the catalog, which need no engine.

Source: the reference of DDL statements in the user guide.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from ministack.services import athena, glue

from personalize_local.emulator.mends.athena.queries import objects
from personalize_local.emulator.mends.athena.queries.failures import QueryFailed
from personalize_local.emulator.mends.athena.queries.functions import unsupported
from personalize_local.emulator.mends.athena.queries.objects import Place
from personalize_local.emulator.mends.athena.queries.statements import Statement

_OK: Final = 200


def run(statement: Statement, database: str) -> tuple[str, list[str]]:
    """Runs a statement about the catalog.

    Args:
        statement: The statement.
        database: The database that it is about when it does not say.

    Returns:
        The name of the answer's column, and its lines; empty for none.

    Raises:
        QueryFailed: It cannot be run.
    """
    ddl = athena._parse_ddl(statement.text)
    if ddl is not None:
        _change_table(ddl, database)
        return "", []
    return _RUNS.get(statement.kind, _refused)(statement, database)


def _change_table(ddl: Any, database: str) -> None:  # noqa: ANN401 - MiniStack's
    where = ddl.database or database
    missing = f"{where}/{ddl.table}" not in glue._tables
    if isinstance(ddl, athena._DropTable) and missing and not ddl.if_exists:
        raise QueryFailed(
            "FAILED", f"SemanticException [Error 10001]: Table not found {where}.{ddl.table}"
        )
    try:
        athena._run_ddl(ddl, database)
    except ValueError as error:
        raise QueryFailed("FAILED", f"Execution Error, return code 1. {error}") from error


def _show_tables(statement: Statement, database: str) -> tuple[str, list[str]]:
    where = _last_name(statement) or database
    names = sorted(key.partition("/")[2] for key in glue._tables if key.startswith(f"{where}/"))
    return "tab_name", names


def _show_databases(_statement: Statement, _database: str) -> tuple[str, list[str]]:
    return "database_name", sorted(glue._databases)


def _create_database(statement: Statement, _database: str) -> tuple[str, list[str]]:
    words = athena._Cursor(statement.text)
    words.advance()
    words.advance()
    known = words.keywords("if", "not", "exists")
    name = str(words.identifier()).lower()
    if not (known and name in glue._databases):
        _checked(glue._create_database({"DatabaseInput": {"Name": name}}))
    return "", []


def _drop_database(statement: Statement, _database: str) -> tuple[str, list[str]]:
    words = athena._Cursor(statement.text)
    words.advance()
    words.advance()
    known = words.keywords("if", "exists")
    name = str(words.identifier()).lower()
    if not (known and name not in glue._databases):
        _checked(glue._delete_database({"Name": name}))
    return "", []


def _repair(statement: Statement, database: str) -> tuple[str, list[str]]:
    words = athena._Cursor(statement.text)
    words.keywords("msck", "repair", "table")
    where, name = words.dotted_name(2) or (None, "")
    where = where or database
    table = glue._tables.get(f"{where}/{name}")
    if table is None:
        raise QueryFailed("FAILED", f"SemanticException [Error 10001]: Table not found {name}")
    lines = []
    for values, place in _folders(table):
        given = {"Values": values, "StorageDescriptor": {"Location": place.uri}}
        added = {"DatabaseName": where, "TableName": name, "PartitionInput": given}
        if glue._create_partition(added)[0] == _OK:
            path = place.key.rstrip("/")
            lines.append(f"Repair: Added partition to metastore {name}:{path}")
    return "", lines


def _folders(table: Mapping[str, Any]) -> Iterator[tuple[list[str], Place]]:
    """Yields the folders that are named after the partitions of a table."""
    folder = objects.parse(table["StorageDescriptor"]["Location"])
    keys = [key["Name"] for key in table.get("PartitionKeys") or ()]
    seen = set()
    for file in objects.listed(folder) if folder else ():
        start = len(file.key) - len(file.key.removeprefix(folder.below("").key if folder else ""))
        parts = file.key[start:].split("/")[: len(keys)]
        pairs = [part.partition("=") for part in parts]
        if [name for name, _, _ in pairs] == keys and tuple(parts) not in seen:
            seen.add(tuple(parts))
            place = Place(file.bucket, file.key[:start] + "/".join(parts) + "/")
            yield [value for _, _, value in pairs], place


def _refused(statement: Statement, _database: str) -> tuple[str, list[str]]:
    raise unsupported(f"the statement {' '.join(statement.text.split()[:2]).upper()}")


def _last_name(statement: Statement) -> str | None:
    words = athena._Cursor(statement.text)
    words.keywords("show", "tables")
    return words.identifier() if words.keywords("in") or words.keywords("from") else None


def _checked(answer: tuple[int, Any, bytes]) -> None:
    if answer[0] != _OK:
        message = json.loads(answer[2]).get("message", "")
        raise QueryFailed("FAILED", f"Execution Error, return code 1. {message}")


_RUNS: Final[Mapping[str, Callable[[Statement, str], tuple[str, list[str]]]]] = {
    "SHOW_TABLES": _show_tables,
    "SHOW_DATABASES": _show_databases,
    "CREATE_DATABASE": _create_database,
    "DROP_DATABASE": _drop_database,
    "MSCK_REPAIR": _repair,
}
