"""Runs the executions of Step Functions, in place of MiniStack's own loop.

MiniStack executes the single states; its loop knows neither the time-out of a state machine nor
redrive, goes on inside a Map or Parallel state after the execution was stopped, and leaves the
Output of a Succeed state out.
"""

from __future__ import annotations

import copy
import json
import logging
import threading
import time
from collections.abc import Mapping
from contextvars import ContextVar, copy_context
from typing import Any, Final

from ministack.core.responses import now_iso
from ministack.services import stepfunctions

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.step_functions.runs import history, sizes
from personalize_local.emulator.mends.step_functions.session import context_object

logger = logging.getLogger("personalize_local")

_RUNNING: Final = "RUNNING"
_TIMED_OUT: Final = "TIMED_OUT"
_STOPPED: Final = "The execution has ended."
_SLICE_SECONDS: Final = 0.1
_WITH_EXECUTION: Final = ("Task", "Parallel", "Map")

# Under these keys an execution keeps where it is, the dates of its redrives, what the branches of
# its state have done, and what they had done before the redrive.
PLACE: Final = "_personalize_local_place"
REDRIVES: Final = "_personalize_local_redrives"
_DONE: Final = "_personalize_local_done"
_BEFORE: Final = "_personalize_local_before"

_Execution = dict[str, Any]
_Context = dict[str, Any]

# The execution that a thread works for, and after how many redrives; branches get it with their
# copy of the context.
_current: ContextVar[tuple[_Execution, int] | None] = ContextVar(
    "personalize_local_execution", default=None
)
_depth: ContextVar[int] = ContextVar("personalize_local_depth", default=0)


def _apply() -> None:
    fail = stepfunctions._fail_execution
    invoke = stepfunctions._invoke_resource

    def fail_unless_stopped(execution: _Execution, error: str, cause: str) -> None:
        if not is_stopped():
            fail(execution, error, cause)

    def sleep_while_running(seconds: float) -> None:
        deadline = time.monotonic() + seconds * stepfunctions._SFN_WAIT_SCALE
        while (left := deadline - time.monotonic()) > 0 and not is_stopped():
            time.sleep(min(left, _SLICE_SECONDS))

    def invoke_while_running(resource: str, value: object) -> object:
        # A retry that slept is over too.
        _check_running()
        return invoke(resource, value)

    stepfunctions._fail_execution = fail_unless_stopped
    stepfunctions._scaled_sleep = sleep_while_running
    stepfunctions._invoke_resource = invoke_while_running
    stepfunctions._run_execution = _run
    stepfunctions._run_sub_machine = _run_branch


def _check_running() -> None:
    if is_stopped():
        raise stepfunctions._ExecutionError("States.TaskFailed", _STOPPED)


def is_stopped() -> bool:
    """Whether the work of this thread has ended, also when a redrive goes on with it elsewhere."""
    current = _current.get()
    if current is None:
        return False
    execution, redrives = current
    return execution["status"] != _RUNNING or _redrives(execution) != redrives


def _redrives(execution: Mapping[str, Any]) -> int:
    return len(execution.get(REDRIVES, ()))


def _run(arn: str) -> None:
    """Runs an execution from its start, or from where its redrive takes it up again."""
    execution: _Execution = stepfunctions._executions[arn]
    # Reset in the end: the thread may be that of another execution, which waits for this one.
    current = _current.set((execution, _redrives(execution)))
    depth = _depth.set(0)
    execution["events"][0].setdefault("previousEventId", 0)
    try:
        _succeed(execution, _run_states(execution))
    except stepfunctions._ExecutionError as error:
        stepfunctions._fail_execution(execution, error.error, error.cause)
    except Exception as error:
        # Without this the execution would run for good.
        logger.exception("%s failed by a defect of the local service", arn)
        stepfunctions._fail_execution(execution, "States.Runtime", str(error))
    finally:
        _depth.reset(depth)
        _current.reset(current)


def _run_states(execution: _Execution) -> object:
    machine = stepfunctions._state_machines.get(execution["stateMachineArn"])
    if machine is None:
        raise stepfunctions._ExecutionError("States.Runtime", "There is no such state machine.")
    definition = json.loads(machine["definition"])
    start = {
        "name": definition["StartAt"],
        "input": json.loads(execution["input"]),
        "variables": {},
    }
    place = execution.get(PLACE, start)
    context = _new_context(execution, machine, definition, place["variables"])
    timer = _start_timer(execution, definition.get("TimeoutSeconds"))
    try:
        return _walk(execution, context, definition["States"], place)
    finally:
        timer.cancel()


def _new_context(
    execution: _Execution,
    machine: Mapping[str, Any],
    definition: Mapping[str, Any],
    variables: Mapping[str, Any],
) -> _Context:
    return {
        "QueryLanguage": definition.get("QueryLanguage", "JSONPath"),
        "Execution": {
            "Id": execution["executionArn"],
            "Input": json.loads(execution["input"]),
            "Name": execution["name"],
            "RoleArn": machine["roleArn"],
            "StartTime": execution["startDate"],
            "RedriveCount": _redrives(execution),
        },
        "StateMachine": {"Id": execution["stateMachineArn"], "Name": machine["name"]},
        "variables": copy.deepcopy(dict(variables)),
    }


def _walk(
    execution: _Execution, context: _Context, states: Mapping[str, Any], place: Mapping[str, Any]
) -> object:
    name, value = place["name"], place["input"]
    resumed = PLACE in execution
    while name is not None and not is_stopped():
        execution[PLACE] = {
            "name": name,
            "input": copy.deepcopy(value),
            "variables": copy.deepcopy(context["variables"]),
        }
        execution[_BEFORE] = execution.get(_DONE, {}) if resumed else {}
        execution[_DONE] = dict(execution[_BEFORE])
        resumed = False
        value, name = _step(states[name], name, value, execution, context)
    return value


def _step(
    state: Mapping[str, Any], name: str, value: object, execution: _Execution, context: _Context
) -> tuple[Any, str | None]:
    context["State"] = {"Name": name, "EnteredTime": now_iso(), "RetryCount": 0}
    context.pop("Task", None)
    context_object.set(context)
    kind = state["Type"]
    history.enter(execution, kind, name, value)
    if kind == "Fail":
        raise stepfunctions._ExecutionError(
            *(
                stepfunctions._fail_state_field(state, field, "", value, context)
                for field in ("Error", "Cause")
            )
        )
    before = dict(context["variables"])
    output, following = _execute(state, kind, value, execution, context)
    assigned = {
        key: one
        for key, one in context["variables"].items()
        if key not in before or before[key] is not one
    }
    sizes.check(output, name)
    sizes.check(assigned, name)
    if not is_stopped():
        history.leave(execution, kind, name, output, assigned)
    return output, following


def _execute(
    state: Mapping[str, Any], kind: str, value: object, execution: _Execution, context: _Context
) -> tuple[Any, str | None]:
    if kind == "Succeed":
        # It passes its input on as a Pass state does, and is the last one.
        kind, state = "Pass", {**state, "End": True}
    run = getattr(stepfunctions, f"_execute_{kind.lower()}")
    arguments = (execution, context) if kind in _WITH_EXECUTION else (context,)
    output, following = run(state, value, *arguments)
    return output, following


def _run_branch(
    states: Mapping[str, Any],
    start: str,
    value: object,
    execution: _Execution,
    context: _Context,
) -> object:
    """Runs an item of a Map state or a branch of a Parallel state.

    A redrive takes what branches of the failed state have done before. Only of the outer ones: the
    state of an inner Map belongs to an item, whose branches have no name that is the same again.
    """
    # A copy: the branches of a Parallel state would see each other's state in their context.
    own = {**context, "variables": copy.deepcopy(context["variables"])}
    index = context.get("Map", {}).get("Item", {}).get("Index")
    parent = stepfunctions._executions.get(context["Execution"]["Id"], execution)
    is_outer = _depth.get() == 0
    if is_outer and (start, index) in parent[_BEFORE]:
        return parent[_BEFORE][start, index]
    token = _depth.set(_depth.get() + 1)
    try:
        name: str | None = start
        output = copy.deepcopy(value)
        while name is not None:
            _check_running()
            output, name = _step(states[name], name, output, execution, own)
    finally:
        _depth.reset(token)
    if is_outer:
        parent[_DONE][start, index] = output
    return output


def _succeed(execution: _Execution, output: object) -> None:
    if is_stopped():
        return
    execution.update(status="SUCCEEDED", output=sizes.text(output), stopDate=now_iso())
    details = {"executionSucceededEventDetails": history.payload("output", output)}
    history.add(execution, "ExecutionSucceeded", details)
    stepfunctions._emit_execution_status_event(execution)


def _start_timer(execution: _Execution, seconds: float | None) -> threading.Timer:
    def expire() -> None:
        if not is_stopped():
            execution.update(status=_TIMED_OUT, stopDate=now_iso(), error="States.Timeout")
            history.add(execution, "ExecutionTimedOut")
            stepfunctions._emit_execution_status_event(execution)

    timer = threading.Timer(seconds or 0, copy_context().run, (expire,))
    timer.daemon = True
    if seconds is not None:
        timer.start()
    return timer


MEND: Final = Mend(
    aws="A time-out or a stop ends an execution wherever it is, and a Succeed state has an Output.",
    source="Amazon States Language; Step Functions API Reference, StopExecution",
    apply=_apply,
)
