"""Translates queries from Trino's SQL to DuckDB's.

sqlglot knows the syntax of both and most of the functions; what is here is where the two mean
different things by the same words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from personalize_local.emulator.mends.athena.queries import functions
from personalize_local.emulator.mends.athena.queries.failures import QueryFailed

if TYPE_CHECKING:
    from sqlglot import exp

PATH: Final = "$path"
UNNAMED: Final = "_col"
_FORMAT: Final = re.compile(r"%(\.\d+)?[sdf]")


def translated(query: exp.Expr, *, rows_as_maps: bool = True) -> str:
    """Returns a query in DuckDB's SQL.

    Args:
        query: The query.
        rows_as_maps: Whether an UNNEST of one list with two columns is one of a map. Else it is
            one of a list of rows.

    Raises:
        QueryFailed: Something cannot be said in DuckDB's SQL.
    """
    from sqlglot import errors, exp

    tree = query.copy()
    if isinstance(tree, exp.Values):
        tree = exp.select("*").from_(tree)
    for named in list(tree.find_all(exp.Table, exp.Column)):
        named.set("catalog", None)
    for select in list(tree.find_all(exp.Select)):
        _name_columns(select)
        _hide_path(select)
    tree = tree.transform(_expression)
    for unnest in list(tree.find_all(exp.Unnest)):
        _unnest(unnest, rows_as_maps=rows_as_maps)
    try:
        return tree.sql(
            dialect="duckdb",
            identify=True,
            unsupported_level=errors.ErrorLevel.RAISE,
            comments=False,
        )
    except errors.UnsupportedError as error:
        raise functions.unsupported(str(error)) from error


def _expression(node: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    if isinstance(node, exp.Literal) and not node.is_string and "." in node.this:
        # Trino takes 1.5 for a decimal, Athena for a double.
        return exp.cast(node.copy(), "double")
    if isinstance(node, exp.Div):
        return exp.func("athena_divide", node.this, node.expression)
    if isinstance(node, exp.Bracket) and not node.args.get("safe") and _is_place(node):
        # sqlglot counts places from 0.
        place = exp.Add(this=node.expressions[0], expression=exp.Literal.number(1))
        return exp.func("athena_subscript", node.this, place)
    if isinstance(node, exp.JSONExtractScalar | exp.JSONExtract):
        scalar = isinstance(node, exp.JSONExtractScalar)
        path = node.expression
        if isinstance(path, exp.JSONPath):
            path = exp.Literal.string(path.sql(dialect="duckdb").strip("'"))
        name = "athena_json_extract_scalar" if scalar else "athena_json_extract"
        return exp.func(name, node.this, path)
    if isinstance(node, exp.DateAdd) and _is_date(node.this):
        return exp.cast(node, "date")
    if isinstance(node, exp.Typeof):
        return exp.Lower(this=node)
    if isinstance(node, exp.Format) and node.this.is_string:
        node.set("this", exp.Literal.string(_FORMAT.sub(_field_of, node.this.this)))
    if isinstance(node, exp.Reduce) and _returns_its_argument(node.args.get("finish")):
        node.set("finish", None)
    return node


def _field_of(found: re.Match[str]) -> str:
    """Returns the field of a format as DuckDB writes it."""
    return f"{{:{found.group(1)}f}}" if found.group(1) else "{}"


def _is_date(node: exp.Expr) -> bool:
    from sqlglot import exp

    return isinstance(node, exp.CurrentDate | exp.Date | exp.TsOrDsToDate) or (
        isinstance(node, exp.Cast) and node.is_type("date")
    )


def _is_place(node: exp.Bracket) -> bool:
    from sqlglot import exp

    (index,) = node.expressions if len(node.expressions) == 1 else (None,)
    return isinstance(index, exp.Literal) and not index.is_string


def _returns_its_argument(function: exp.Expr | None) -> bool:
    from sqlglot import exp

    return (
        isinstance(function, exp.Lambda)
        and len(function.expressions) == 1
        and function.this.name == function.expressions[0].name
    )


def _name_columns(select: exp.Select) -> None:
    """Gives the columns without a name those that Trino gives them."""
    from sqlglot import exp

    for place, column in enumerate(select.expressions):
        if not isinstance(column, exp.Alias | exp.Aliases | exp.Column | exp.Dot | exp.Star):
            column.replace(exp.alias_(column.copy(), f"{UNNAMED}{place}", quoted=True))


def reads_path(select: exp.Select) -> bool:
    """Tells whether a SELECT itself asks for the path of the file of each row.

    Args:
        select: The SELECT.
    """
    from sqlglot import exp

    return any(
        column.name == PATH and column.find_ancestor(exp.Select) is select
        for column in select.find_all(exp.Column)
    )


def _hide_path(select: exp.Select) -> None:
    """Reads the relation with the path where it is asked for, and keeps it out of the star."""
    from sqlglot import exp

    if not reads_path(select):
        return
    for table in list(select.find_all(exp.Table)):
        if table.find_ancestor(exp.Select) is select:
            alias = table.alias_or_name
            table.set("this", exp.to_identifier(with_path(table.name), quoted=True))
            table.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    for star in select.expressions:
        if isinstance(star, exp.Star):
            star.set("except_", [exp.to_identifier(PATH, quoted=True)])


def with_path(table: str) -> str:
    """Returns the name of the relation that has the path of the file of each row too.

    Args:
        table: The table.
    """
    return f"{table}{PATH}"


def _unnest(node: exp.Unnest, *, rows_as_maps: bool) -> None:
    """Makes a subquery of it: DuckDB unnests one list at a time, and Trino side by side."""
    from sqlglot import exp

    alias = node.args.get("alias")
    names = [column.name for column in alias.columns] if alias else []
    lists = list(node.expressions)
    ordinal = node.args.get("offset")
    if len(lists) == 1 and len(names) > 1:
        lists = _fields(lists[0], len(names), rows_as_maps=rows_as_maps)
    names += [f"{UNNAMED}{place}" for place in range(len(names), len(lists))]
    if len(lists) != len(names):
        raise QueryFailed(
            "MISMATCHED_COLUMN_ALIASES",
            f"Column alias list has {len(names)} entries but 'UNNEST' has {len(lists)} columns"
            " available",
        )
    columns = [
        exp.alias_(exp.Anonymous(this="unnest", expressions=[one.copy()]), name, quoted=True)
        for one, name in zip(lists, names, strict=True)
    ]
    if ordinal:
        # All are as long as the longest one.
        lengths = [exp.Anonymous(this="len", expressions=[one.copy()]) for one in lists]
        longest = exp.Anonymous(this="greatest", expressions=lengths)
        after = exp.Add(this=longest, expression=exp.Literal.number(1))
        places = exp.Anonymous(this="range", expressions=[exp.Literal.number(1), after])
        given = ordinal.name if isinstance(ordinal, exp.Identifier) else "ordinality"
        unnested = exp.Anonymous(this="unnest", expressions=[places])
        columns.append(exp.alias_(unnested, given, quoted=True))
    table = exp.TableAlias(this=alias.this) if alias and alias.this else None
    subquery = exp.Subquery(this=exp.select(*columns))
    if isinstance(node.parent, exp.From):
        subquery.set("alias", table)
        node.replace(subquery)
    else:
        node.replace(exp.Lateral(this=subquery, alias=table))


def _fields(given: exp.Expr, count: int, *, rows_as_maps: bool) -> list[exp.Expr]:
    """Returns the lists that Trino makes of a map, or of a list of rows."""
    from sqlglot import exp

    if rows_as_maps and count == 2:
        return [
            exp.Anonymous(this=name, expressions=[given.copy()])
            for name in ("map_keys", "map_values")
        ]
    field = "list_transform({}, lambda one : struct_extract_at(one, {}))"
    return [
        exp.maybe_parse(
            field.format(given.sql(dialect="duckdb", identify=True), place), dialect="duckdb"
        )
        for place in range(1, count + 1)
    ]
