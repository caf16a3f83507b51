"""Has StopQueryExecution end what runs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from ministack.core.responses import json_response
from ministack.services import athena

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.athena import background, executions
from personalize_local.emulator.mends.athena.answers import unknown_query


def _apply() -> None:
    get = athena._get_query_execution

    def get_known(data: Mapping[str, Any]) -> object:
        known = data.get("QueryExecutionId") in athena._executions
        return get(data) if known else unknown_query(data.get("QueryExecutionId"))

    athena._get_query_execution = get_known
    athena._stop_query_execution = _stop


def _stop(data: Mapping[str, Any]) -> object:
    query_id = data.get("QueryExecutionId")
    execution = athena._executions.get(query_id)
    if execution is None:
        return unknown_query(query_id)
    status = execution["Status"]
    if status["State"] in ("QUEUED", "RUNNING"):
        status |= {
            "State": "CANCELLED",
            "StateChangeReason": "Query cancelled by user",
            "CompletionDateTime": time.time(),
        }
        background.start(executions.stop(str(query_id)))
    return json_response({})


MEND: Final = Mend(
    aws="StopQueryExecution ends a query that runs, and knows no query that there is not.",
    source="Athena API reference, StopQueryExecution; answers that were printed",
    apply=_apply,
)
