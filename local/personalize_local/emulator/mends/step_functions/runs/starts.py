"""Starts one execution for a name, where MiniStack refuses the second request.

MiniStack takes any input too, and runs an execution whose input is no JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from ministack.core.responses import error_response_json, json_response
from ministack.services import stepfunctions

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.step_functions.runs import sizes

_RUNNING: Final = "RUNNING"


def _apply() -> None:
    start = stepfunctions._start_execution
    start_synchronously = stepfunctions._start_sync_execution

    def start_once(request: Mapping[str, Any]) -> object:
        refusal = _refusal(request.get("input", "{}"))
        if refusal is not None:
            return refusal
        same = _running_twin(request)
        if same is None:
            return start(request)
        return json_response({"executionArn": same["executionArn"], "startDate": same["startDate"]})

    def start_checked(request: Mapping[str, Any]) -> object:
        refusal = _refusal(request.get("input", "{}"))
        return start_synchronously(request) if refusal is None else refusal

    stepfunctions._start_execution = start_once
    stepfunctions._start_sync_execution = start_checked


def _refusal(text: str) -> object | None:
    """Returns the answer to an input that no execution can have; None for any other."""
    if len(text) > sizes.MOST_BYTES:
        told = (
            "1 validation error detected: Value at 'input' failed to satisfy constraint: Member "
            f"must have length less than or equal to {sizes.MOST_BYTES}"
        )
        return _refused("ValidationException", told)
    try:
        json.loads(text)
    except ValueError as error:
        told = f"Invalid State Machine Execution Input: '{error}'"
        return _refused("InvalidExecutionInput", told)
    return None


def _refused(code: str, told: str) -> object:
    answer: object = error_response_json(code, told, 400)
    return answer


def _running_twin(request: Mapping[str, Any]) -> dict[str, Any] | None:
    """Returns the running execution of the same name and input; None for none."""
    machine = stepfunctions._resolve_state_machine_arn(request.get("stateMachineArn", ""))
    for execution in stepfunctions._executions.values():
        if (
            (execution["stateMachineArn"], execution["name"], execution["status"])
            == (machine, request.get("name"), _RUNNING)
        ) and execution["input"] == request.get("input", "{}"):
            return dict(execution)
    return None


MEND: Final = Mend(
    aws="The name and input of a running execution start no second one, and answer with the first.",
    source="Step Functions API Reference, StartExecution: idempotent for STANDARD workflows",
    apply=_apply,
)
