"""The errors of queries, as Athena tells them.

Sources: the error catalog in the user guide; the names and numbers are those that Athena was seen
to answer with.
"""

from __future__ import annotations

import re
from typing import Any, Final

USER: Final = 2
SYSTEM: Final = 1
# What is not here is a user's error in general.
_TYPES: Final = {
    "CATALOG_NOT_FOUND": 1006,
    "COLUMN_NOT_FOUND": 1006,
    "CONSTRAINT_VIOLATION": 1006,
    "DIVISION_BY_ZERO": 1001,
    "FUNCTION_NOT_FOUND": 1303,
    "HIVE_BAD_DATA": 1001,
    "HIVE_CURSOR_ERROR": 1001,
    "INVALID_CAST_ARGUMENT": 1100,
    "INVALID_FUNCTION_ARGUMENT": 1106,
    "INVALID_TABLE_PROPERTY": 1103,
    "NOT_SUPPORTED": 1200,
    "SCHEMA_NOT_FOUND": 1301,
    "SYNTAX_ERROR": 1006,
    "TABLE_NOT_FOUND": 1301,
    "TYPE_MISMATCH": 1002,
}
_GENERAL: Final = 1000
_ENGINE: Final = 200
_INTERNAL: Final = "GENERIC_INTERNAL_ERROR"
# What `functions` has a conversion fail with, so that TRY catches it.
_NAMED: Final = re.compile(r"'([A-Z_]{8,}: .*)'", re.DOTALL)
_COLUMN: Final = re.compile(r'Referenced column "([^"]+)" (?:was )?not found')
_QUALIFIED: Final = re.compile(r'Referenced table "([^"]+)" not found')
_FIELD: Final = re.compile(r'Could not find key "([^"]+)" in struct')
_MEMBER: Final = re.compile(r'does not have a column named "([^"]+)"')
_GROUPED: Final = re.compile(r'column "([^"]+)" must appear in the GROUP BY clause')
_CAST: Final = re.compile(r"Could not convert string '(.*)' to (\w+)", re.DOTALL)
_FUNCTION: Final = re.compile(r"Function with name (\w+) does not exist")
_NUMBERS: Final = {
    "INT8": "tinyint",
    "INT16": "smallint",
    "INT32": "integer",
    "INT64": "bigint",
    "FLOAT": "real",
    "DOUBLE": "double",
    "BOOL": "boolean",
}


class QueryFailed(Exception):
    """A query that ends FAILED.

    Attributes:
        reason: The `StateChangeReason`.
    """

    def __init__(self, name: str, message: str, *, advice: str = "") -> None:
        """Makes a failure.

        Args:
            name: The name of the error, such as `TABLE_NOT_FOUND`.
            message: What is wrong.
            advice: A sentence that Athena puts after it.
        """
        self.name = name
        self.message = message
        if advice:
            advice = ("" if message.endswith(".") else ".") + f" {advice}"
        self.reason = f"{name}: {message}{advice}"
        super().__init__(self.reason)

    def with_advice(self, advice: str) -> QueryFailed:
        """Returns the same failure with a sentence after it.

        Args:
            advice: The sentence.
        """
        return QueryFailed(self.name, self.message, advice=advice)

    def as_athena_error(self) -> dict[str, Any]:
        """Returns the `AthenaError` of the status."""
        internal = self.name == _INTERNAL
        return {
            "ErrorCategory": SYSTEM if internal else USER,
            "ErrorType": _ENGINE if internal else _TYPES.get(self.name, _GENERAL),
            "Retryable": False,
            "ErrorMessage": self.reason,
        }


def line_and_column(text: str, offset: int) -> str:
    """Returns where something stands in a text, as `line 1:8`.

    Args:
        text: The text.
        offset: Where, in characters.
    """
    before = text[:offset]
    return f"line {before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def place_of(query: str, word: str) -> str:
    """Returns where a word stands first in a query, as `line 1:8`.

    Args:
        query: The query.
        word: The word; case is not regarded, as it may be in quotes or not.
    """
    found = re.search(rf'(?<![\w"])"?{re.escape(word)}"?(?!\w)', query, re.IGNORECASE)
    return line_and_column(query, found.start() if found else 0)


def from_duckdb(error: Exception, query: str) -> QueryFailed:
    """Returns the failure that Athena would tell where DuckDB raised an error.

    Args:
        error: An error of DuckDB.
        query: The query as it was given, for the place of the error.
    """
    text = str(error)
    if named := _NAMED.search(text):
        name, _, message = named.group(1).partition(": ")
        return QueryFailed(name, message)
    for pattern in (_COLUMN, _QUALIFIED, _FIELD, _MEMBER):
        if found := pattern.search(text):
            column = found.group(1)
            return QueryFailed(
                "COLUMN_NOT_FOUND",
                f"{place_of(query, column)}: Column '{column}' cannot be resolved"
                " or requester is not authorized to access requested resources",
            )
    if found := _GROUPED.search(text):
        column = found.group(1)
        return QueryFailed(
            "EXPRESSION_NOT_AGGREGATE",
            f"{place_of(query, column)}: '{column}' must be an aggregate expression"
            " or appear in GROUP BY clause",
        )
    if found := _FUNCTION.search(text):
        return function_not_found(query, found.group(1))
    if found := _CAST.search(text):
        value, kind = found.groups()
        return QueryFailed(
            "INVALID_CAST_ARGUMENT",
            f"Cannot cast '{value}' to {_NUMBERS.get(kind, kind.lower())}",
        )
    first = text.split("\n", 1)[0]
    kind, _, message = first.partition(" Error: ")
    names = {
        "Binder": "TYPE_MISMATCH",
        "Conversion": "INVALID_CAST_ARGUMENT",
        "Out of Range": "NUMERIC_VALUE_OUT_OF_RANGE",
        "Parser": "SYNTAX_ERROR",
    }
    return QueryFailed(names.get(kind, _INTERNAL), message or first)


def function_not_found(query: str, name: str) -> QueryFailed:
    """Returns the failure of a query with a function that Athena does not have.

    Args:
        query: The query.
        name: The function.
    """
    return QueryFailed(
        "FUNCTION_NOT_FOUND", f"{place_of(query, name)}: Function '{name}' not registered"
    )
