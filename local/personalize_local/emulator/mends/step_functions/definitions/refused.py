"""Refuses definitions of state machines when they are created, and not when they run.

MiniStack looks at the syntax of JSONata only, and not at all at what a template brings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Final

from ministack.core.responses import error_response_json, json_response
from ministack.services import stepfunctions
from ministack.services.cloudformation import provisioners

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.step_functions.definitions.check import (
    STANDARD,
    diagnostics,
)

_MOST: Final = 100

# The type of the state machine that a request makes or changes.
_type: ContextVar[str] = ContextVar("personalize_local_machine_type", default=STANDARD)


def _apply() -> None:
    declared = provisioners._sfn_definition

    def declared_and_checked(properties: Mapping[str, Any]) -> object:
        definition = declared(properties)
        reason = _refusal(definition, properties.get("StateMachineType", STANDARD))
        if reason is not None:
            answer = error_response_json("InvalidDefinition", reason, 400)
            raise provisioners._sfn_service_error(answer)
        return definition

    provisioners._sfn_definition = declared_and_checked
    stepfunctions._validate_definition_jsonata = lambda text: _refusal(text, _type.get())
    stepfunctions._create_state_machine = _with_type(
        stepfunctions._create_state_machine, lambda request: request.get("type", STANDARD)
    )
    stepfunctions._update_state_machine = _with_type(
        stepfunctions._update_state_machine, _type_of_existing
    )
    stepfunctions._validate_state_machine_definition = _validate


def _with_type(
    handle: Callable[[Mapping[str, Any]], object], type_of: Callable[[Mapping[str, Any]], str]
) -> Callable[[Mapping[str, Any]], object]:
    def handle_with_type(request: Mapping[str, Any]) -> object:
        token = _type.set(type_of(request))
        try:
            return handle(request)
        finally:
            _type.reset(token)

    return handle_with_type


def _type_of_existing(request: Mapping[str, Any]) -> str:
    machine = stepfunctions._state_machines.get(request.get("stateMachineArn")) or {}
    return str(machine.get("type", STANDARD))


def _refusal(text: object, machine_type: str) -> str | None:
    found = diagnostics(text, machine_type)
    if not found:
        return None
    return f"Invalid State Machine Definition: '{', '.join(one.text for one in found)}'"


def _validate(request: Mapping[str, Any]) -> object:
    found = diagnostics(request.get("definition"), request.get("type", STANDARD))
    most = request.get("maxResults") or _MOST
    told = [
        {"severity": "ERROR", "code": one.code, "message": one.message}
        | ({} if one.location is None else {"location": one.location})
        for one in found[:most]
    ]
    answer = {"result": "FAIL" if found else "OK", "diagnostics": told}
    return json_response({**answer, "truncated": len(found) > most})


MEND: Final = Mend(
    aws="A definition that cannot run is refused when it is created, updated or deployed.",
    source="Step Functions API Reference, ValidateStateMachineDefinition; the States Language",
    apply=_apply,
)
