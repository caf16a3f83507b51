"""The rows of all data sets, in a DuckDB database of this process."""

from __future__ import annotations

import itertools
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from personalize_local import limits
from personalize_local.catalog.facts import (
    INTERACTIONS,
    ITEMS,
    USERS,
    Events,
    FieldKind,
    Value,
)
from personalize_local.datasets.csv_files import create_table, read_into
from personalize_local.datasets.schemas import Schema
from personalize_local.errors import JobFailed

if TYPE_CHECKING:
    import duckdb

    from personalize_local.catalog.recommender import Interactions

_IDS: Final = {ITEMS: "ITEM_ID", USERS: "USER_ID"}
FULL: Final = "FULL"
INCREMENTAL: Final = "INCREMENTAL"


class Warehouse:
    """Keeps what was imported, by the ARN of its data set; safe for threads."""

    def __init__(self) -> None:
        """Makes an empty one; the database is opened when something is imported."""
        self._lock = threading.RLock()
        self._database: duckdb.DuckDBPyConnection | None = None
        self._spill: tempfile.TemporaryDirectory[str] | None = None
        self._tables: dict[str, tuple[str, Schema]] = {}
        self._names = (f"rows_{number}" for number in itertools.count())

    def load(
        self, dataset: str, schema: Schema, files: Sequence[tuple[str, Path]], mode: str
    ) -> None:
        """Imports files into a data set; it changes when all of them are right.

        Args:
            dataset: The ARN of the data set.
            schema: Its schema.
            files: What each is called in errors, and where it is.
            mode: `FULL`, which replaces what was there, or `INCREMENTAL`, which adds to it and
                replaces items and users of the same id.

        Raises:
            JobFailed: A file does not fit.
        """
        with self._lock:
            database = self._open()
            table = next(self._names)
            create_table(database, table, schema)
            try:
                for label, path in files:
                    read_into(database, table, schema, path, label)
                _check_count(database, table, schema)
                if mode == INCREMENTAL and dataset in self._tables:
                    self._add_present(database, table, self._tables[dataset][0], schema)
                if schema.dataset in _IDS:
                    _keep_last(database, table, _IDS[schema.dataset])
            except BaseException:
                database.execute(f"DROP TABLE {table}")
                raise
            self.forget(dataset)
            self._tables[dataset] = (table, schema)

    def change(self, dataset: str, schema: Schema) -> None:
        """Gives a data set a schema with more fields; what is there gets nulls for them.

        Args:
            dataset: The ARN of the data set.
            schema: The new schema.
        """
        with self._lock:
            if dataset not in self._tables:
                return
            table, old = self._tables[dataset]
            new = next(self._names)
            create_table(self._open(), new, schema)
            columns = ", ".join(f'"{name}"' for name in old.names)
            self._open().execute(f"INSERT INTO {new} ({columns}) SELECT {columns} FROM {table}")
            self.forget(dataset)
            self._tables[dataset] = (new, schema)

    def has(self, dataset: str) -> bool:
        """Whether anything was imported into a data set."""
        with self._lock:
            return dataset in self._tables

    def forget(self, dataset: str) -> None:
        """Drops what was imported into a data set."""
        with self._lock:
            old = self._tables.pop(dataset, None)
            if old is not None:
                self._open().execute(f"DROP TABLE {old[0]}")

    def close(self) -> None:
        """Drops everything."""
        with self._lock:
            self._tables.clear()
            if self._database is not None:
                self._database.close()
                self._database = None
            if self._spill is not None:
                self._spill.cleanup()
                self._spill = None

    def rows(self, sql: str, *datasets: str, values: Sequence[object] = ()) -> list[Any]:
        """Returns the rows of a query.

        Args:
            sql: The query; `{0}` stands for the table of the first data set, and so on.
            datasets: Their ARNs.
            values: What its question marks stand for.
        """
        with self._lock:
            tables = [self._tables[dataset][0] for dataset in datasets]
            return self._open().execute(sql.format(*tables), list(values)).fetchall()

    def interactions(
        self,
        dataset: str,
        others: Mapping[str, str],
        *,
        event_type: str | None = None,
        least_value: float | None = None,
    ) -> Interactions:
        """Returns who met what, oldest first.

        Args:
            dataset: The ARN of the data set of interactions.
            others: The ARNs of the data sets of items and users, by type: what is in them is known
                even where nobody met it.
            event_type: Which type of event counts. Default: - every one.
            least_value: The least `EVENT_VALUE` that counts. Default: - any, or none.
        """
        from personalize_local.catalog.recommender import Interactions

        where, values = ["true"], list[object]()
        if event_type is not None:
            where.append("lower(EVENT_TYPE) = lower(?)")
            values.append(event_type)
        if least_value is not None:
            where.append("EVENT_VALUE >= ?")
            values.append(least_value)
        with self._lock:
            database, table = self._open(), self._tables[dataset][0]
            database.execute(
                "CREATE OR REPLACE TEMP TABLE met AS SELECT USER_ID, ITEM_ID, TIMESTAMP, "
                f"rowid AS n FROM {table} WHERE {' AND '.join(where)}",
                values,
            )
            names = {}
            for kind, column in _IDS.items():
                other = others.get(kind)
                more = f" UNION SELECT {column} FROM {self._tables[other][0]}" if other else ""
                database.execute(
                    f"CREATE OR REPLACE TEMP TABLE named_{kind} AS SELECT name, "
                    "(row_number() OVER (ORDER BY name) - 1)::INTEGER AS place FROM "
                    f"(SELECT DISTINCT {column} AS name FROM met{more})"
                )
                found = database.execute(f"SELECT name FROM named_{kind} ORDER BY place")
                names[kind] = [name for (name,) in found.fetchall()]
            columns = database.execute(
                "SELECT u.place AS user, i.place AS item FROM met JOIN named_USERS u "
                "ON u.name = met.USER_ID JOIN named_ITEMS i ON i.name = met.ITEM_ID "
                "ORDER BY met.TIMESTAMP, met.n"
            ).fetchnumpy()
            for name in ("met", "named_USERS", "named_ITEMS"):
                database.execute(f"DROP TABLE {name}")
        return Interactions(names[USERS], names[ITEMS], columns["user"], columns["item"])

    def _add_present(
        self, database: duckdb.DuckDBPyConnection, table: str, present: str, schema: Schema
    ) -> None:
        columns = ", ".join(f'"{name}"' for name in schema.names)
        where = ""
        if schema.dataset in _IDS:
            name = _IDS[schema.dataset]
            where = f" WHERE {name} NOT IN (SELECT {name} FROM {table})"
        database.execute(f"INSERT INTO {table} SELECT {columns} FROM {present}{where}")

    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._database is None:
            # Here, so that only who imports data waits for the engine.
            import duckdb

            self._spill = tempfile.TemporaryDirectory(prefix="personalize-local-rows-")
            self._database = duckdb.connect(
                ":memory:", config={"memory_limit": "1GB", "temp_directory": self._spill.name}
            )
        return self._database


def _check_count(database: duckdb.DuckDBPyConnection, table: str, schema: Schema) -> None:
    (count,) = database.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,)
    least = limits.LEAST_INTERACTIONS if schema.dataset == INTERACTIONS else 1
    if count < least:
        what = "records" if least > 1 else "record"
        raise JobFailed(
            f"the files have {count} records, and an import of {schema.dataset} needs at least "
            f"{least} {what}"
        )


def _keep_last(database: duckdb.DuckDBPyConnection, table: str, name: str) -> None:
    database.execute(
        f"DELETE FROM {table} WHERE rowid NOT IN (SELECT max(rowid) FROM {table} GROUP BY {name})"
    )


class GroupFacts:
    """What the data sets of one group say; see `catalog.facts.Facts`."""

    def __init__(self, warehouse: Warehouse, schemas: Mapping[str, tuple[str, Schema]]) -> None:
        """Reads nothing yet.

        Args:
            warehouse: Where the rows are.
            schemas: The ARN and the schema of each data set of the group, by type.
        """
        self._warehouse = warehouse
        self._schemas = schemas

    def fields(self, dataset: str) -> Mapping[str, FieldKind]:
        """Returns the fields of a data set by name."""
        found = self._schemas.get(dataset)
        return {} if found is None else found[1].kinds

    def values(self, dataset: str, field: str) -> Mapping[str, Value]:
        """Returns what a field has for each item or user, by id."""
        arn, schema = self._schemas[dataset]
        if not self._warehouse.has(arn):
            return {}
        column = f'"{field}"'
        if schema.kinds[field] is FieldKind.NUMBER:
            column = f"CAST({column} AS DOUBLE)"
        rows = self._warehouse.rows(
            f"SELECT {_IDS[dataset]}, {column} FROM {{0}} WHERE {column} IS NOT NULL",
            arn,
        )
        return dict(rows)

    def events(self, latest: int) -> Events:
        """Returns the latest interactions of each user and event type."""
        arn, schema = self._schemas[INTERACTIONS]
        if not self._warehouse.has(arn):
            return Events([], [], [])
        kind = "EVENT_TYPE" if "EVENT_TYPE" in schema.names else "''"
        rows = self._warehouse.rows(
            f"SELECT USER_ID, ITEM_ID, {kind} FROM {{0}} QUALIFY row_number() OVER ("
            f"PARTITION BY USER_ID, lower({kind}) ORDER BY TIMESTAMP DESC, rowid DESC) <= ?",
            arn,
            values=[latest],
        )
        users, items, types = zip(*rows, strict=True) if rows else ((), (), ())
        return Events(users, items, types)
