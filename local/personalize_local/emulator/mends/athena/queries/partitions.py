"""The partitions of a table: those of the catalog, or projected ones.

Sources: "Supported types for partition projection" and "Use injected projection type" in the user
guide, whose error this is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from ministack.services import glue

from personalize_local.emulator.mends.athena.queries import objects
from personalize_local.emulator.mends.athena.queries.failures import QueryFailed
from personalize_local.emulator.mends.athena.queries.objects import Place

if TYPE_CHECKING:
    from sqlglot import exp

_TEMPLATE: Final = "storage.location.template"
_VARIABLE: Final = re.compile(r"\\\$\\\{(\w+)\\\}")

Table = Mapping[str, Any]
# By name of the column: the values that the query asks for.
Wanted = Mapping[str, frozenset[str]]


def injected(table: Table) -> list[str]:
    """Returns the names of a table's injected columns.

    Args:
        table: The table, as Glue has it.
    """
    parameters = table.get("Parameters") or {}
    if not _is_projected(parameters):
        return []
    return [
        key["Name"]
        for key in table.get("PartitionKeys") or ()
        if parameters.get(f"projection.{key['Name']}.type", "").lower() == "injected"
    ]


def wanted_of(reference: exp.Table, columns: list[str]) -> dict[str, frozenset[str]]:
    """Returns the values that a query asks of a table's injected columns.

    Args:
        reference: Where the query names the table.
        columns: The injected columns.

    Raises:
        QueryFailed: A column has no static value.
    """
    wanted = {}
    for column in columns:
        values = None
        for condition, alias, alone in _conditions(reference):
            found = _static(condition, column, alias, alone=alone)
            if found is not None:
                values = found if values is None else values & found
        if values is None:
            raise QueryFailed(
                "CONSTRAINT_VIOLATION",
                f"For the injected projected partition column {column}, the WHERE clause must"
                " contain only static equality conditions, and at least one such condition must"
                " be present.",
            )
        wanted[column] = values
    return wanted


def parts(table: Table, wanted: Wanted) -> Iterator[tuple[dict[str, str], list[Place]]]:
    """Yields the partitions of a table: their values and their objects.

    Args:
        table: The table, as Glue has it.
        wanted: The values of injected columns.
    """
    folder = objects.parse(table["StorageDescriptor"]["Location"])
    if folder is None:
        return
    keys = [key["Name"] for key in table.get("PartitionKeys") or ()]
    if not keys:
        yield {}, objects.listed(folder)
    elif _is_projected(table.get("Parameters") or {}):
        yield from _projected(table, folder, keys, wanted)
    else:
        name = f"{table['DatabaseName']}/{table['Name']}"
        for partition in glue._partitions.get(name) or ():
            values = dict(zip(keys, partition["Values"], strict=True))
            place = objects.parse((partition.get("StorageDescriptor") or {}).get("Location") or "")
            if place is None:
                place = folder.below("/".join(f"{key}={value}" for key, value in values.items()))
            yield values, objects.listed(place)


def _is_projected(parameters: Mapping[str, str]) -> bool:
    return str(parameters.get("projection.enabled", "")).lower() == "true"


def _projected(
    table: Table, folder: Place, keys: list[str], wanted: Wanted
) -> Iterator[tuple[dict[str, str], list[Place]]]:
    template = (table.get("Parameters") or {}).get(_TEMPLATE)
    if template is None:
        template = folder.below("".join(f"{key}=${{{key}}}/" for key in keys)).uri
    pattern = re.compile(_VARIABLE.sub(r"(?P<\1>[^/]+)", re.escape(template.rstrip("/"))) + "/")
    found: dict[tuple[str, ...], list[Place]] = {}
    for place in objects.listed(folder):
        matched = pattern.match(place.uri)
        values = matched.groupdict() if matched else {}
        if matched and all(
            _is_in_range(table, key, value, wanted) for key, value in values.items()
        ):
            found.setdefault(tuple(values[key] for key in keys), []).append(place)
    for given, places in found.items():
        yield dict(zip(keys, given, strict=True)), places


def _is_in_range(table: Table, key: str, value: str, wanted: Wanted) -> bool:
    if key in wanted:
        return value in wanted[key]
    parameters = table["Parameters"]
    kind = parameters.get(f"projection.{key}.type", "").lower()
    if kind == "enum":
        return value in parameters.get(f"projection.{key}.values", "").split(",")
    if kind == "integer":
        low, _, high = parameters.get(f"projection.{key}.range", "").partition(",")
        return value.isdigit() and int(low) <= int(value) <= int(high)
    return True


def _conditions(reference: exp.Table) -> Iterator[tuple[exp.Expr, str, bool]]:
    """Yields the conditions that all rows of a table meet, those of the outer queries too.

    Each comes with the name that the table has in it, and whether it is the only one there.
    """
    from sqlglot import exp

    source: exp.Expr | None = reference
    while source is not None:
        select = source.find_ancestor(exp.Select)
        if select is None:
            return
        name = source.alias_or_name
        joins = select.args.get("joins") or ()
        alone = all(isinstance(join.this, exp.Unnest) for join in joins)
        for join in joins:
            if not join.side and join.args.get("on"):
                yield from ((one, name, alone) for one in _flat(join.args["on"]))
        if where := select.args.get("where"):
            yield from ((one, name, alone) for one in _flat(where.this))
        source = _outer(select)


def _outer(select: exp.Select) -> exp.Expr | None:
    """Returns what an outer query names a subquery or a WITH query, of which it reads all rows."""
    from sqlglot import exp

    if any(select.args.get(name) for name in ("limit", "group", "having")):
        return None
    parent = select.parent
    if isinstance(parent, exp.CTE):
        query = parent.find_ancestor(exp.Select)
        readers = [
            table
            for table in (query.find_all(exp.Table) if query else ())
            if table.name.lower() == parent.alias.lower() and not table.db
        ]
        return readers[0] if len(readers) == 1 else None
    return parent if isinstance(parent, exp.Subquery) else None


def _flat(condition: exp.Expr) -> Iterator[exp.Expr]:
    from sqlglot import exp

    if isinstance(condition, exp.Paren):
        yield from _flat(condition.this)
    elif isinstance(condition, exp.And):
        yield from _flat(condition.this)
        yield from _flat(condition.expression)
    else:
        yield condition


def _static(condition: exp.Expr, column: str, alias: str, *, alone: bool) -> frozenset[str] | None:
    """Returns the values that a condition allows a column; None where it says nothing."""
    from sqlglot import exp

    if isinstance(condition, exp.Paren):
        return _static(condition.this, column, alias, alone=alone)
    if isinstance(condition, exp.Or):
        sides = [_static(one, column, alias, alone=alone) for one in condition.flatten()]
        known = [one for one in sides if one is not None]
        return frozenset().union(*known) if len(known) == len(sides) else None
    if isinstance(condition, exp.EQ):
        sides_of = [(condition.this, condition.expression), (condition.expression, condition.this)]
        for one, other in sides_of:
            if _is_column(one, column, alias, alone=alone) and not other.find(exp.Column):
                return frozenset((_value(other),))
    if isinstance(condition, exp.In) and _is_column(condition.this, column, alias, alone=alone):
        values = condition.expressions
        if values and not any(one.find(exp.Column, exp.Query) for one in values):
            return frozenset(_value(one) for one in values)
    return None


def _is_column(found: exp.Expr, column: str, alias: str, *, alone: bool) -> bool:
    from sqlglot import exp

    if not isinstance(found, exp.Column) or found.name.lower() != column.lower():
        return False
    return found.table.lower() == alias.lower() if found.table else alone


def _value(found: exp.Expr) -> str:
    from sqlglot import exp

    if isinstance(found, exp.Literal):
        return str(found.this)
    import duckdb

    with duckdb.connect(":memory:") as connection:
        row = connection.execute(f"SELECT {found.sql(dialect='duckdb')}").fetchone()
    return str(row[0]) if row else ""
