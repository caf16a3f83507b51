"""Adds GetQueryRuntimeStatistics, and refuses operations that there are not as Athena does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from ministack.core.responses import json_response
from ministack.services import athena

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.athena.answers import unknown_query
from personalize_local.emulator.mends.athena.executions import ANSWER, Answer

_OPERATION: Final = "GetQueryRuntimeStatistics"
_TIMES: Final = (
    "QueryQueueTimeInMillis",
    "ServicePreProcessingTimeInMillis",
    "QueryPlanningTimeInMillis",
    "EngineExecutionTimeInMillis",
    "ServiceProcessingTimeInMillis",
    "TotalExecutionTimeInMillis",
)


def _apply() -> None:
    handle = athena.handle_request

    async def handle_all(
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: str | bytes,
        query: object,
    ) -> object:
        if headers.get("x-amz-target", "").rpartition(".")[2] == _OPERATION:
            return _get(json.loads(body or "{}"))
        return await handle(method, path, headers, body, query)

    athena.handle_request = handle_all


def _get(data: Mapping[str, Any]) -> object:
    query_id = data.get("QueryExecutionId")
    execution = athena._executions.get(query_id)
    if execution is None:
        return unknown_query(query_id)
    answer = execution.get(ANSWER) or Answer()
    statistics = execution["Statistics"]
    return json_response(
        {
            "QueryRuntimeStatistics": {
                "Timeline": {name: statistics.get(name, 0) for name in _TIMES},
                "Rows": {
                    "InputBytes": answer.bytes_read,
                    "OutputRows": answer.update_count or len(answer.rows),
                    "OutputBytes": answer.bytes_written,
                },
            }
        }
    )


MEND: Final = Mend(
    aws="GetQueryRuntimeStatistics answers with the times of a query, its rows and bytes.",
    source="botocore athena QueryRuntimeStatistics",
    apply=_apply,
)
