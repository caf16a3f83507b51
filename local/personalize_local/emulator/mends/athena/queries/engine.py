"""Runs a query with DuckDB, over the tables that it names.

DuckDB and sqlglot are imported at the first query: a local AWS starts without them.
"""

from __future__ import annotations

import contextlib
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ministack.services import glue

from personalize_local.emulator.mends.athena.queries import dialect, failures, functions, partitions
from personalize_local.emulator.mends.athena.queries.failures import QueryFailed
from personalize_local.emulator.mends.athena.queries.tables import Reader
from personalize_local.emulator.mends.athena.queries.types import quoted

if TYPE_CHECKING:
    from sqlglot import exp

CATALOG: Final = "awsdatacatalog"
_DEFAULT: Final = "default"
# The modules of DuckDB must not be initialized by two threads at once.
_importing: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer.

    Attributes:
        name: Its name.
        type: Its type in DuckDB.
    """

    name: str
    type: str


class Engine:
    """The engine of one query.

    Attributes:
        folder: A folder that the query may read and write.
    """

    def __init__(self, text: str, database: str, folder: Path, target: str = "") -> None:
        """Makes an engine.

        Args:
            text: The query, as it was given.
            database: The database of tables without one.
            folder: A folder of its own.
            target: The table that the query writes to.
        """
        with _importing:
            import duckdb

        self.folder = folder
        self._text = text
        self._sql = ""
        self._database = database
        self._target = target
        # The data of tests is small, and other programs use the machine.
        self._connection = duckdb.connect(":memory:", config={"threads": 1})
        self._reader = Reader(self._connection, folder)

    @property
    def bytes_read(self) -> int:
        """The size of all objects that the query has read."""
        return self._reader.bytes_read

    def interrupt(self) -> None:
        """Ends what runs, with an error in its thread."""
        self._connection.interrupt()

    def close(self) -> None:
        """Frees what the engine has."""
        self._connection.close()

    def bind(self, query: exp.Expr) -> list[Column]:
        """Looks whether a query can be run; `run` runs it.

        Args:
            query: The query.

        Returns:
            The columns of the answer.

        Raises:
            QueryFailed: It cannot be run.
        """
        import duckdb
        from sqlglot import exp

        aliases = (one.name for one in query.find_all(exp.TableAlias))
        functions.check(self._text, {self._target, *aliases})
        with self._told():
            self._prepare(query)
            self._sql = dialect.translated(query)
            try:
                columns = self._described()
            except duckdb.BinderException as error:
                if "map_keys" not in str(error):
                    raise
                self._sql = dialect.translated(query, rows_as_maps=False)
                columns = self._described()
        return [Column(_name_of(one[0], place), one[1]) for place, one in enumerate(columns)]

    def _described(self) -> list[tuple[str, str]]:
        rows = self._connection.execute(f"DESCRIBE {self._sql}").fetchall()
        return [(str(row[0]), str(row[1])) for row in rows]

    def run(self) -> None:
        """Runs the query that was bound; its rows are taken with `rows`.

        Raises:
            QueryFailed: It fails.
        """
        with self._told():
            self._connection.execute(self._sql)

    def rows(self, count: int | None = None) -> list[tuple[Any, ...]]:
        """Returns the next rows of the answer.

        Args:
            count: How many at most. Default: - all that are left.

        Raises:
            QueryFailed: They cannot be computed.
        """
        with self._told():
            if count is None:
                return self._connection.fetchall()
            return self._connection.fetchmany(count)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        import duckdb

        try:
            yield
        except duckdb.Error as error:
            raise failures.from_duckdb(error, self._text) from error

    def _prepare(self, query: exp.Expr) -> None:
        from sqlglot import exp

        run = self._connection.execute
        run("SET TimeZone = 'UTC'")
        run("SET integer_division = true")
        # DuckDB 2 makes the reader of text strict with it, where Hive reads null.
        run("SET disabled_optimizers = 'type_pushdown'")
        for macro in functions.MACROS:
            run(macro)
        run(f"CREATE SCHEMA IF NOT EXISTS {quoted(self._database)}")
        found: dict[tuple[str, str], dict[str, frozenset[str]]] = {}
        named = {one.alias.lower() for one in query.find_all(exp.CTE)}
        for reference in query.find_all(exp.Table):
            if reference.name and (reference.db or reference.name.lower() not in named):
                self._collect(reference, found)
        for (database, name), wanted in found.items():
            run(f"CREATE SCHEMA IF NOT EXISTS {quoted(database)}")
            self._reader.add(database, glue._tables[f"{database}/{name}"], wanted)
        run(f"USE {quoted(self._database)}")
        run(f"SET allowed_directories = ['{self.folder}/']")
        run("SET enable_external_access = false")

    def _collect(
        self, reference: exp.Table, found: dict[tuple[str, str], dict[str, frozenset[str]]]
    ) -> None:
        """Notes a table of the query, with the values that it asks of the injected columns."""
        database, name = (reference.db or self._database).lower(), reference.name.lower()
        catalog = (reference.catalog or CATALOG).lower()
        place = failures.place_of(self._text, reference.catalog or reference.db or reference.name)
        if catalog != CATALOG:
            raise QueryFailed("CATALOG_NOT_FOUND", f"{place}: Catalog '{catalog}' does not exist")
        table = glue._tables.get(f"{database}/{name}")
        if table is None:
            if database not in glue._databases and database != _DEFAULT:
                raise QueryFailed(
                    "SCHEMA_NOT_FOUND", f"{place}: Schema '{database}' does not exist"
                )
            raise QueryFailed(
                "TABLE_NOT_FOUND", f"{place}: Table '{CATALOG}.{database}.{name}' does not exist"
            )
        wanted = partitions.wanted_of(reference, partitions.injected(table))
        known = found.setdefault((database, name), {})
        for column, values in wanted.items():
            known[column] = known.get(column, frozenset()) | values


@contextlib.contextmanager
def opened(text: str, database: str, target: str = "") -> Iterator[Engine]:
    """Makes an engine for a query, and takes it away with its files.

    Args:
        text: The query, as it was given.
        database: The database of tables without one.
        target: The table that the query writes to.

    Yields:
        The engine.
    """
    with tempfile.TemporaryDirectory(prefix="athena-") as folder:
        engine = Engine(text, database, Path(folder), target)
        try:
            yield engine
        finally:
            engine.close()


def _name_of(name: str, place: int) -> str:
    """Returns the name of a column: one that has none is called after its place."""
    for prefix in (dialect.UNNAMED, "col"):
        if name.removeprefix(prefix).isdigit() and name.startswith(prefix):
            return f"{dialect.UNNAMED}{place}"
    return name
