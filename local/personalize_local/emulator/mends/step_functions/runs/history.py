"""Writes the events of executions as AWS does, and no more than 25,000 of them.

MiniStack writes those of the outermost states, and leaves out which event led to which.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Final

from ministack.core.responses import now_iso
from ministack.services import stepfunctions

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.step_functions.runs import sizes

MOST_EVENTS: Final = 25_000
_FULL: Final = f"The execution reached the maximum number of history events ({MOST_EVENTS})."
_LAST: Final = (
    "ExecutionAborted",
    "ExecutionFailed",
    "ExecutionSucceeded",
    "ExecutionTimedOut",
)
_COMPLETE: Final = {"truncated": False}

_lock = threading.Lock()
# The execution and the id of the event that the thread wrote last, and the state that it is in,
# with the id of the event of its entry. Branches get them with their copy of the context.
_last: ContextVar[tuple[str, int]] = ContextVar("personalize_local_last_event", default=("", 0))
_inside: ContextVar[tuple[dict[str, Any], str, int] | None] = ContextVar(
    "personalize_local_inside", default=None
)


def _apply() -> None:
    stepfunctions._add_event = add


def add(
    execution: dict[str, Any], kind: str, details: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Adds an event to the history of an execution.

    Args:
        execution: The execution.
        kind: The type of the event.
        details: Its other members. Default: - none.

    Raises:
        _ExecutionError: There is room for the last event only.
    """
    arn = execution["executionArn"]
    with _lock:
        events: list[dict[str, Any]] = execution["events"]
        if len(events) >= MOST_EVENTS - 1 and kind not in _LAST and _is_limited(execution):
            raise stepfunctions._ExecutionError("States.Runtime", _FULL)
        number = len(events) + 1
        last_arn, previous = _last.get()
        if last_arn != arn:
            # The first states of an execution name no event, as on AWS.
            previous = len(events) if len(events) > 1 else 0
        event = {
            "id": number,
            "type": kind,
            "timestamp": now_iso(),
            "previousEventId": previous,
            **{name: _told(member) for name, member in (details or {}).items()},
        }
        events.append(event)
    _last.set((arn, number))
    return event


def enter(execution: dict[str, Any], kind: str, name: str, value: object) -> None:
    """Notes that an execution enters a state.

    Args:
        execution: The execution.
        kind: The type of the state.
        name: The name of the state.
        value: Its input.
    """
    details = {"name": name, **payload("input", value)}
    event = add(execution, f"{kind}StateEntered", {"stateEnteredEventDetails": details})
    _inside.set((execution, name, event["id"]))


def leave(
    execution: dict[str, Any],
    kind: str,
    name: str,
    value: object,
    assigned: Mapping[str, object],
) -> None:
    """Notes that an execution leaves a state.

    Args:
        execution: The execution.
        kind: The type of the state.
        name: The name of the state.
        value: Its output.
        assigned: The variables that it has set.
    """
    details = {"name": name, **payload("output", value)}
    if assigned:
        details["assignedVariables"] = {key: sizes.text(one) for key, one in assigned.items()}
        details["assignedVariablesDetails"] = _COMPLETE
    add(execution, f"{kind}StateExited", {"stateExitedEventDetails": details})


def payload(which: str, value: object) -> dict[str, Any]:
    """Returns the members of an event for an input or an output."""
    return {which: sizes.text(value), f"{which}Details": _COMPLETE}


def located(cause: str) -> str:
    """Returns what an execution says of an error in the state that the thread is in."""
    inside = _inside.get()
    if inside is None:
        return cause
    _, name, number = inside
    place = f"An error occurred while executing the state '{name}'"
    return f"{place} (entered at the event id #{number}). {cause}"


def runtime_error(cause: str) -> Exception:
    """Returns the error of a state that AWS can neither retry nor catch."""
    error: Exception = stepfunctions._ExecutionError("States.Runtime", located(cause))
    return error


def evaluation_error(cause: str, place: str) -> Exception:
    """Returns the error of an expression, and notes it in the history.

    Args:
        cause: What is wrong.
        place: The field of the state, such as `Output/total`.
    """
    told = located(cause)
    name = "States.QueryEvaluationError"
    inside = _inside.get()
    if inside is not None:
        details = {"cause": told, "error": name, "location": place, "state": inside[1]}
        add(inside[0], "EvaluationFailed", {"evaluationFailedEventDetails": details})
    error: Exception = stepfunctions._ExecutionError(name, told)
    return error


def start_child(execution: dict[str, Any], role: str) -> None:
    """Writes the first event of a child of a Distributed Map."""
    details = {
        "input": execution["input"],
        "inputDetails": _COMPLETE,
        "roleArn": role,
    }
    add(execution, "ExecutionStarted", {"executionStartedEventDetails": details})


def _told(details: Mapping[str, Any]) -> dict[str, Any]:
    """Returns details without the error or the cause that there is none of."""
    return {
        name: value for name, value in details.items() if value or name not in ("error", "cause")
    }


def _is_limited(execution: Mapping[str, Any]) -> bool:
    machine = stepfunctions._state_machines.get(execution["stateMachineArn"]) or {}
    return machine.get("type") != "EXPRESS"


MEND: Final = Mend(
    aws="An execution has at most 25,000 events, the last of which is that it failed for that.",
    source="Step Functions Developer Guide, Service quotas: maximum execution history size",
    apply=_apply,
)
