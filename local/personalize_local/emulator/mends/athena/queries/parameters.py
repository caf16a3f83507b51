"""Puts the values of parameters into a query.

Source: "Use parameterized queries" in the user guide, and how Athena was seen to take values: one
that is an expression without columns is that expression, any other is a text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ministack.services import athena

from personalize_local.emulator.mends.athena.queries.failures import QueryFailed
from personalize_local.emulator.mends.athena.queries.types import literal


def bound(query: str, values: Sequence[str]) -> str:
    """Returns a query with values in the place of its question marks.

    Args:
        query: The query.
        values: The values; of no account when the query has no question marks.

    Raises:
        QueryFailed: There are more or fewer values than question marks.
    """
    marks = [token for token in athena._sql_tokens(query) if token[:2] == ("punct", "?")]
    if not marks:
        return query
    if len(marks) != len(values):
        raise QueryFailed(
            "INVALID_PARAMETER_USAGE",
            f"line 1:1: Incorrect number of parameters: expected {len(marks)}"
            f" but found {len(values)}",
        )
    for (_, _, start, end), value in reversed(list(zip(marks, values, strict=True))):
        query = query[:start] + _expression(value) + query[end:]
    return query


def prepared(query: str, workgroup: str) -> tuple[str, list[str]]:
    """Returns the query of a prepared statement that a query executes, and its values.

    Args:
        query: ``EXECUTE name [USING value, …]``.
        workgroup: The workgroup of the prepared statement.

    Raises:
        QueryFailed: There is no such prepared statement.
    """
    cursor = athena._Cursor(query)
    cursor.keywords("execute")
    name = cursor.identifier()
    found: dict[str, Any] | None = athena._prepared_statements.get(f"{workgroup}/{name}")
    if found is None:
        raise QueryFailed("NOT_FOUND", f"Prepared statement not found: {name}")
    if not cursor.keywords("using"):
        return found["QueryStatement"], []
    from sqlglot import parse_one

    rest = query[cursor.peek()[2] :]
    given = parse_one(f"SELECT {rest}", read="trino").expressions
    return found["QueryStatement"], [one.sql(dialect="trino") for one in given]


def _expression(value: str) -> str:
    from sqlglot import errors, exp, parse_one

    try:
        found = parse_one(f"SELECT ({value})", read="trino")
    except errors.SqlglotError:
        return literal(value)
    if not isinstance(found, exp.Select) or len(found.expressions) != 1:
        return literal(value)
    if any(found.args.get(name) for name in ("from_", "where", "joins")):
        return literal(value)
    (expression,) = found.expressions
    if expression.find(exp.Column, exp.Query):
        return literal(value)
    return str(expression.sql(dialect="trino", comments=False))
