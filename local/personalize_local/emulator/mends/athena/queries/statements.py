"""What a statement is: its kind, its query, and where it writes.

Sources: the user guide's reference of UNLOAD and CREATE TABLE AS, and the kinds, names of files
and refusals that Athena was seen to answer with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ministack.services import athena

from personalize_local.emulator.mends.athena.queries.failures import line_and_column

if TYPE_CHECKING:
    from sqlglot import exp

# The first words of statements, with the type and the kind that GetQueryExecution answers.
_KINDS: Final = {
    "select": ("DML", "SELECT"),
    "with": ("DML", "SELECT"),
    "values": ("DML", "SELECT"),
    "insert into": ("DML", "INSERT"),
    "unload": ("DML", "UNLOAD"),
    "explain": ("DML", "EXPLAIN"),
    "execute": ("DML", "EXECUTE"),
    "show tables": ("UTILITY", "SHOW_TABLES"),
    "show databases": ("UTILITY", "SHOW_DATABASES"),
    "show schemas": ("UTILITY", "SHOW_DATABASES"),
    "show": ("UTILITY", "SHOW"),
    "describe": ("UTILITY", "DESCRIBE_TABLE"),
    "msck repair table": ("DDL", "MSCK_REPAIR"),
    "create external table": ("DDL", "CREATE_TABLE"),
    "create database": ("DDL", "CREATE_DATABASE"),
    "create schema": ("DDL", "CREATE_DATABASE"),
    "create table": ("DDL", "CREATE_TABLE"),
    "create": ("DDL", "CREATE"),
    "drop table": ("DDL", "DROP_TABLE"),
    "drop database": ("DDL", "DROP_DATABASE"),
    "drop schema": ("DDL", "DROP_DATABASE"),
    "drop": ("DDL", "DROP"),
    "alter": ("DDL", "ALTER"),
    "delete": ("DML", "DELETE"),
    "update": ("DML", "UPDATE"),
    "merge": ("DML", "MERGE"),
    "prepare": ("DML", "PREPARE"),
    "deallocate": ("DML", "DEALLOCATE"),
}
CTAS: Final = "CREATE_TABLE_AS_SELECT"
_LONGEST: Final = 3
_QUERIES: Final = ("SELECT", "INSERT", "UNLOAD", CTAS)
# How a file of results is called, after the id of the query.
_SUFFIXES: Final = {"SELECT": ".csv", "INSERT": "", "UNLOAD": ""}


class MalformedError(Exception):
    """A statement that Athena refuses before it makes an execution of it."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement.

    Attributes:
        text: The statement, without what stands around it.
        type: `DML`, `DDL` or `UTILITY`.
        kind: The `SubstatementType`.
        query: The query that it has, parsed.
        target: The database, empty if none is given, and the table that it writes to.
        location: The folder that UNLOAD writes to.
        properties: What `WITH (…)` says, by name in lower case.
        only_if_new: Whether it has IF NOT EXISTS.
        with_data: Whether CREATE TABLE AS writes data.
    """

    text: str
    type: str
    kind: str
    query: exp.Expr | None = None
    target: tuple[str, str] = ("", "")
    location: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)
    only_if_new: bool = False
    with_data: bool = True

    def file_name(self, query_id: str) -> str:
        """Returns the name of the file of results, from the output location on.

        Args:
            query_id: The id of the execution.
        """
        if self.kind == CTAS:
            return f"tables/{query_id}"
        return query_id + _SUFFIXES.get(self.kind, ".txt")


def parse(text: str) -> Statement:
    """Returns what a statement is.

    Args:
        text: The statement.

    Raises:
        MalformedError: Athena would not take it.
    """
    text = text.strip().rstrip(";").strip()
    tokens = list(athena._sql_tokens(text))
    if any(token[:2] == ("punct", ";") for token in tokens):
        raise MalformedError(f"Only one sql statement is allowed. Got: {text}")
    kind_of = _kind_of(text, tokens)
    if kind_of[1] == "CREATE_TABLE" and athena._parse_ddl(text) is None:
        kind_of = ("DDL", CTAS)
    if kind_of[1] not in _QUERIES:
        return Statement(text, *kind_of)
    _refuse_backquotes(text, tokens)
    if kind_of[1] == "UNLOAD":
        return _unload(text)
    tree = _tree(text)
    if kind_of[1] == CTAS:
        return _create_table_as(text, tree)
    if kind_of[1] == "INSERT":
        return _insert(text, tree)
    return Statement(text, *kind_of, query=tree)


def _kind_of(text: str, tokens: list[Any]) -> tuple[str, str]:
    words = [token[1] for token in tokens if token[:2] != ("punct", "(")][:_LONGEST]
    for length in range(len(words), 0, -1):
        if found := _KINDS.get(" ".join(words[:length])):
            return found
    if not words:
        raise MalformedError("Query string is empty")
    place = line_and_column(text, tokens[0][2])
    raise MalformedError(f"{place}: mismatched input '{text[tokens[0][2] : tokens[0][3]]}'")


def _refuse_backquotes(text: str, tokens: list[Any]) -> None:
    for kind, _, start, _ in tokens:
        if kind == "qname" and text[start] == "`":
            raise MalformedError(
                f"{line_and_column(text, start)}: backquoted identifiers are not supported;"
                " use double quotes to quote identifiers"
            )


def _tree(text: str) -> exp.Expr:
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        tree = sqlglot.parse_one(text, read="trino")
    except SqlglotError as error:
        raise MalformedError(_mismatch(text, error)) from error
    if isinstance(tree, sqlglot.exp.Command):
        raise MalformedError("Queries of this type are not supported")
    return tree


def _mismatch(text: str, error: Any) -> str:  # noqa: ANN401 - sqlglot's errors of several classes
    details = (getattr(error, "errors", None) or [{}])[0]
    if "line" not in details:
        return f"line 1:1: {str(error).splitlines()[0]}"
    shown = details["highlight"] or ""
    start = max(1, details["col"] - len(shown) + 1)
    at_end = not (details["end_context"] or "").strip() and "SENTINEL" in details["description"]
    if at_end:
        return f"{line_and_column(text, len(text))}: mismatched input '<EOF>'"
    return f"line {details['line']}:{start}: mismatched input '{shown}'"


def _unload(text: str) -> Statement:
    cursor = athena._Cursor(text)
    cursor.keywords("unload")
    opening = cursor.peek()[3]
    if not cursor.punct("("):
        raise MalformedError(f"{line_and_column(text, len('unload '))}: mismatched input")
    cursor.skip_group()
    closing = cursor.tokens[cursor.i - 1][2]
    location = cursor.string() if cursor.keywords("to") else None
    if location is None:
        place = cursor.peek()[2]
        raise MalformedError(
            f"{line_and_column(text, len(text) if place is None else place)}:"
            " mismatched input. Expecting: 'TO' and a location"
        )
    rest = text[cursor.tokens[cursor.i - 1][3] :]
    query = _tree(text[opening:closing])
    # The properties are written as those of CREATE TABLE AS.
    written = _create_table_as(text, _tree(f"CREATE TABLE unload {rest} AS SELECT 1 AS one"))
    return Statement(
        text, "DML", "UNLOAD", query=query, location=location, properties=written.properties
    )


def _create_table_as(text: str, tree: exp.Expr) -> Statement:
    if tree.expression is None or tree.args.get("kind") != "TABLE":
        raise MalformedError("Queries of this type are not supported")
    found = tree.args.get("properties")
    properties = dict(_property(one) for one in (found.expressions if found else ()))
    without = properties.pop("with no data", False)
    return Statement(
        text,
        "DDL",
        CTAS,
        query=tree.expression,
        target=_name(tree.this),
        properties=properties,
        only_if_new=bool(tree.args.get("exists")),
        with_data=not without,
    )


def _insert(text: str, tree: exp.Expr) -> Statement:
    from sqlglot import exp

    names = None
    table = tree.this
    if isinstance(table, exp.Schema):
        names = [one.name for one in table.expressions]
        table = table.this
    return Statement(
        text,
        "DML",
        "INSERT",
        query=tree.expression,
        target=_name(table),
        properties={"columns": names},
    )


def _name(table: exp.Expr) -> tuple[str, str]:
    from sqlglot import exp

    found = table if isinstance(table, exp.Table) else table.find(exp.Table)
    if found is None:
        raise MalformedError("Queries of this type are not supported")
    return found.db.lower(), found.name.lower()


def _property(one: exp.Expr) -> tuple[str, Any]:
    from sqlglot import exp

    if isinstance(one, exp.WithDataProperty):
        return "with no data", one.args.get("no")
    name = one.name.lower()
    if isinstance(one, exp.FileFormatProperty):
        name = "format"
    elif isinstance(one, exp.PartitionedByProperty):
        name = "partitioned_by"
    value = one.args.get("value") or one.this
    if isinstance(value, exp.Array):
        return name, [element.name for element in value.expressions]
    return name, value.name
