"""Has GetQueryResults answer with Athena's rows, types and pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ministack.core.responses import json_response
from ministack.services import athena

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.athena.answers import (
    NO_RESULT_YET,
    refused,
    unknown_query,
)
from personalize_local.emulator.mends.athena.executions import ANSWER, Answer
from personalize_local.emulator.mends.athena.queries import types
from personalize_local.emulator.mends.athena.queries.engine import Column

_MOST: Final = 1000
_TEXTS: Final = ("varchar", "char")


def _apply() -> None:
    athena._get_query_results = _get


def _get(data: Mapping[str, Any]) -> object:
    query_id = data.get("QueryExecutionId")
    execution = athena._executions.get(query_id)
    if execution is None:
        return unknown_query(query_id)
    count = data.get("MaxResults") or _MOST
    if count > _MOST:
        return refused(f"MaxResults is more than maximum allowed length {_MOST}")
    state = execution["Status"]["State"]
    if state != "SUCCEEDED":
        return _no_result(state)
    answer: Answer = execution[ANSWER]
    rows: list[list[str | None]] = []
    if answer.has_header:
        rows.append([column.name for column in answer.columns])
    rows += answer.rows
    token = data.get("NextToken")
    if token is not None and not (token.isdigit() and int(token) <= len(rows)):
        return refused(f"Malformed nextPageToken {token}")
    start = int(token or 0)
    page = rows[start : start + count]
    found: dict[str, Any] = {
        "ResultSet": {
            "Rows": [_row(row) for row in page],
            "ResultSetMetadata": {"ColumnInfo": _columns(answer)},
        }
    }
    if answer.update_count is not None:
        found["UpdateCount"] = answer.update_count
    # Athena says so whenever a page is full, though nothing is left.
    if len(page) == count:
        found["NextToken"] = str(start + count)
    return json_response(found)


def _no_result(state: str) -> object:
    if state in ("QUEUED", "RUNNING"):
        return refused(f"Query has not yet finished. Current state: {state}", NO_RESULT_YET)
    if state == "CANCELLED":
        return refused("Could not find results", "RESULT_NOT_FOUND")
    return refused(f"Query did not finish successfully. Final query state: {state}", NO_RESULT_YET)


def _row(values: list[str | None]) -> dict[str, Any]:
    return {"Data": [{} if one is None else {"VarCharValue": one} for one in values]}


def _columns(answer: Answer) -> list[dict[str, Any]]:
    return [_column(one, of_query=answer.has_header) for one in answer.columns]


def _column(column: Column, *, of_query: bool) -> dict[str, Any]:
    kind = types.duckdb_to_trino(column.type)
    precision, scale = types.precision_and_scale(column.type)
    if kind == "varchar" and not of_query:
        kind, precision = "string", 0
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": column.name,
        "Label": column.name,
        "Type": kind,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": kind in _TEXTS,
    }


MEND: Final = Mend(
    aws="GetQueryResults has nested values in Athena's notation, and refuses before there is one.",
    source="Athena API reference, GetQueryResults; answers that were printed",
    apply=_apply,
)
