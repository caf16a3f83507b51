"""Redrive of Step Functions executions, which MiniStack does not have."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from contextvars import copy_context
from functools import partial
from typing import Any, Final

from ministack.core.responses import error_response_json, json_response, now_iso
from ministack.services import stepfunctions

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.step_functions.runs.executions import PLACE, REDRIVES

_REDRIVABLE: Final = ("FAILED", "ABORTED", "TIMED_OUT")


def _apply() -> None:
    describe = stepfunctions._describe_execution
    handle = stepfunctions.handle_request

    def describe_with_redrive(request: Mapping[str, Any]) -> object:
        execution = stepfunctions._executions.get(request.get("executionArn"))
        status, headers, body = describe(request)
        if execution is None or "mapRunArn" in execution:
            return status, headers, body
        return status, headers, json.dumps({**json.loads(body), **_redrive_details(execution)})

    async def handle_with_redrive(
        method: str, path: str, headers: Mapping[str, str], body: bytes | str, query: object
    ) -> object:
        if headers.get("x-amz-target", "").endswith(".RedriveExecution"):
            return stepfunctions._finalize_response(_redrive(json.loads(body)))
        return await handle(method, path, headers, body, query)

    stepfunctions._describe_execution = describe_with_redrive
    stepfunctions.handle_request = handle_with_redrive


def _redrive(request: Mapping[str, Any]) -> object:
    arn = request.get("executionArn")
    execution: dict[str, Any] | None = stepfunctions._executions.get(arn)
    if execution is None:
        return error_response_json("ExecutionDoesNotExist", f"Execution {arn} not found", 400)
    if execution["status"] not in _REDRIVABLE or PLACE not in execution:
        reason = f"Execution {arn} is {execution['status']} and cannot be redriven"
        return error_response_json("ExecutionNotRedrivable", reason, 400)
    date = now_iso()
    execution.setdefault(REDRIVES, []).append(date)
    for name in ("error", "cause"):
        execution.pop(name, None)
    execution.update(status="RUNNING", stopDate=None, output=None)
    count = {"redriveCount": len(execution[REDRIVES])}
    stepfunctions._add_event(
        execution, "ExecutionRedriven", {"executionRedrivenEventDetails": count}
    )
    run = partial(copy_context().run, stepfunctions._run_execution, arn)
    threading.Thread(target=run, daemon=True).start()
    return json_response({"redriveDate": date})


def _redrive_details(execution: Mapping[str, Any]) -> dict[str, object]:
    redrives = execution.get(REDRIVES, [])
    can = execution["status"] in _REDRIVABLE and PLACE in execution
    details: dict[str, object] = {
        "redriveCount": len(redrives),
        "redriveStatus": "REDRIVABLE" if can else "NOT_REDRIVABLE",
    }
    if redrives:
        details["redriveDate"] = redrives[-1]
    if not can:
        details["redriveStatusReason"] = (
            f"Execution is {execution['status']} and cannot be redriven"
        )
    return details


MEND: Final = Mend(
    aws="An execution that failed, was stopped or timed out can be redriven.",
    source="Step Functions Developer Guide, Restarting state machine executions with redrive",
    apply=_apply,
)
