"""Runs Task states with the events, limits and timeouts that they have on AWS.

MiniStack takes numbers alone for TimeoutSeconds, knows no heartbeats, and writes the same three
events whatever is called.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextvars import copy_context
from typing import Any, Final

from ministack.core.responses import new_uuid
from ministack.services import stepfunctions

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.step_functions.runs import history, sizes
from personalize_local.emulator.mends.step_functions.states import retries
from personalize_local.emulator.mends.step_functions.states.task_events import TaskEvents

_CALLBACK: Final = ".waitForTaskToken"
_TIMEOUT: Final = "States.Timeout"
_LOOK_SECONDS: Final = 0.05
# The longest that a Task can last, which is that of an execution: a year.
_YEAR_SECONDS: Final = 31_536_000

_State = Mapping[str, Any]
_Context = dict[str, Any]


def _apply() -> None:
    stepfunctions._execute_task = _execute


def _execute(
    state: _State, value: object, execution: dict[str, Any], context: _Context
) -> tuple[object, str | None]:
    return retries.attempt(
        state, value, context, lambda: _attempt(state, value, execution, context)
    )


def _attempt(
    state: _State, value: object, execution: dict[str, Any], context: _Context
) -> tuple[object, str | None]:
    resource: str = state["Resource"]
    is_jsonata = stepfunctions._state_query_language(state, context) == "JSONata"
    if _CALLBACK in resource:
        context["Task"] = {"Token": new_uuid()}
    if is_jsonata:
        arguments = stepfunctions._apply_jsonata_arguments(state, value, context)
    else:
        effective = stepfunctions._apply_input_path(state, value, context)
        arguments = stepfunctions._apply_parameters(state, effective, context)
    timeout, heartbeat = (
        _seconds(state, name, value, context) for name in ("TimeoutSeconds", "HeartbeatSeconds")
    )
    events = TaskEvents(execution, resource, arguments, timeout, heartbeat)
    sizes.check(arguments, events.name)
    result = _called(state, arguments, context, events)
    if is_jsonata:
        output = stepfunctions._apply_jsonata_output(
            state, value, context, result=result, default=result
        )
    else:
        selected = stepfunctions._apply_result_selector(state, result)
        output = stepfunctions._apply_result_path(state, value, selected)
        output = stepfunctions._apply_output_path(state, output, context)
    stepfunctions._apply_state_assign(state, value, context, result=result)
    return output, stepfunctions._next_or_end(state)


def _called(state: _State, arguments: object, context: _Context, events: TaskEvents) -> object:
    """Returns the result of what a Task calls, which can fail by its size too."""
    events.schedule()
    try:
        if "Task" in context:
            result = _call_back(state, arguments, context["Task"]["Token"], events)
        elif events.timeout is not None and not events.is_activity:
            result = stepfunctions._invoke_resource_with_timeout(
                state["Resource"], arguments, events.timeout
            )
        else:
            result = stepfunctions._invoke_resource(state["Resource"], arguments)
        sizes.check(result, events.name, is_of_task=True)
    except stepfunctions._ExecutionError as error:
        if error.error == _TIMEOUT:
            error.cause = ""
        events.fail(error.error, error.cause)
        raise
    events.succeed(result)
    return result


def _call_back(state: _State, arguments: object, token: str, events: TaskEvents) -> object:
    """Waits for the answer to a token; a second thread looks for its heartbeats."""
    events.submit()
    own = {**state, "TimeoutSeconds": events.timeout or _YEAR_SECONDS}
    late = threading.Event()
    if events.heartbeat is not None:
        watch = copy_context().run
        threading.Thread(
            target=watch, args=(_watch, token, events.heartbeat, late), daemon=True
        ).start()
    try:
        return stepfunctions._invoke_with_callback(state["Resource"], arguments, token, own)
    except stepfunctions._ExecutionError as error:
        if late.is_set():
            raise retries.HeartbeatTimeout from error
        raise


def _watch(token: str, seconds: float, late: threading.Event) -> None:
    last, begin = None, time.monotonic()
    # The token is there as soon as the call is made, and goes when it is answered.
    while token not in stepfunctions._task_tokens and time.monotonic() - begin < seconds:
        time.sleep(_LOOK_SECONDS)
    while (task := stepfunctions._task_tokens.get(token)) is not None:
        if task["heartbeat"] != last:
            last, begin = task["heartbeat"], time.monotonic()
        if time.monotonic() - begin > seconds:
            late.set()
            task["error"] = {"Error": _TIMEOUT, "Cause": ""}
            task["event"].set()
            return
        time.sleep(_LOOK_SECONDS)


def _seconds(state: _State, name: str, value: object, context: _Context) -> float | None:
    path = f"{name}Path"
    if path in state:
        effective = stepfunctions._apply_input_path(state, value, context)
        seconds = stepfunctions._resolve_path_or_ctx(state[path], effective, context)
        told = f"The {path} parameter does not reference a positive integer: {state[path]}"
        if not stepfunctions._is_num(seconds) or seconds <= 0 or not float(seconds).is_integer():
            raise history.runtime_error(f"{told} == {sizes.text(seconds)}")
        return float(seconds)
    if name not in state:
        return None
    if not isinstance(state[name], str):
        return float(state[name])
    seconds = stepfunctions._jsonata_state_field(state, name, "number", value, context)
    if seconds <= 0 or not float(seconds).is_integer():
        told = f"The {name} field must be a positive integer but was: {sizes.text(seconds)}"
        raise history.evaluation_error(told, name)
    return float(seconds)


MEND: Final = Mend(
    aws="A Task has timeouts and heartbeats that are evaluated, and events by what it calls.",
    source="Step Functions Developer Guide, Task workflow state; histories recorded by LocalStack",
    apply=_apply,
)
