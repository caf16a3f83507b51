"""Runs Distributed Maps: each item or batch of items is an execution of its own.

MiniStack knows their fields in JSONPath only, batches and writes nothing, and has no events.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, Final

from ministack.services import stepfunctions

from personalize_local.emulator.access import check_caller
from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.step_functions.branches import batches, fields, reader, writer
from personalize_local.emulator.mends.step_functions.branches.map_run import MapRun
from personalize_local.emulator.mends.step_functions.runs import history, sizes
from personalize_local.emulator.mends.step_functions.session import access_key
from personalize_local.emulator.mends.step_functions.states.results import finished
from personalize_local.errors import AccessDenied

_MOST_AT_ONCE: Final = 64
_EXCEEDED: Final = "States.ExceedToleratedFailureThreshold"
_EXCEEDED_TEXT: Final = "The specified tolerated failure threshold was exceeded"
_START: Final = "states:StartExecution"

_State = Mapping[str, Any]
_Context = dict[str, Any]


def _apply() -> None:
    stepfunctions._run_distributed_map = _run


def _run(
    state: _State,
    value: object,
    _effective: object,
    processor: _State,
    execution: dict[str, Any],
    context: _Context,
) -> tuple[object, str | None]:
    given = [] if "ItemReader" in state else fields.items(state, value, context)
    started = {"mapStateStartedEventDetails": {"length": len(given)}}
    history.add(execution, "MapStateStarted", started)
    numbers = {
        name: fields.number(state, name, value, context)
        for name in ("MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage")
    }
    percentage = numbers["ToleratedFailurePercentage"]
    if percentage is not None and percentage > 100:
        raise history.runtime_error("ToleratedFailurePercentage must be between 0 and 100.")
    run = MapRun(execution, state.get("Label"), numbers)
    details = {"mapRunStartedEventDetails": {"mapRunArn": run.arn}}
    history.add(execution, "MapRunStarted", details)
    try:
        _may_start(execution["stateMachineArn"])
        results = _results(state, value, given, processor, run, context)
    except stepfunctions._ExecutionError as error:
        run.end(succeeded=False)
        told = {"mapRunFailedEventDetails": {"error": error.error, "cause": error.cause}}
        history.add(execution, "MapRunFailed", told)
        raise
    run.end(succeeded=True)
    history.add(execution, "MapRunSucceeded")
    history.add(execution, "MapStateSucceeded")
    return finished(state, value, context, results), stepfunctions._next_or_end(state)


def _results(
    state: _State,
    value: object,
    given: list[object],
    processor: _State,
    run: MapRun,
    context: _Context,
) -> object:
    items = given
    if "ItemReader" in state:
        items = reader.items(state, value, context)
    inputs, sizes_of = _inputs(state, value, items, context)
    run.plan(sizes_of)
    # On AWS a child sees no variables of the states around it.
    outer = {**context, "variables": {}}
    outer.pop("Map", None)

    def run_child(index: int) -> None:
        own = copy.deepcopy(outer)
        own["Map"] = {"Item": {"Index": index, "Value": inputs[index]}}
        child = run.child(index, inputs[index])
        history.start_child(child, context["Execution"].get("RoleArn", ""))
        try:
            sizes.check(inputs[index], context["State"]["Name"])
            output = stepfunctions._run_sub_machine(
                processor["States"], processor["StartAt"], inputs[index], child, own
            )
            run.succeed(index, child, output)
        except stepfunctions._ExecutionError as error:
            run.fail(index, child, error.error, error.cause)

    at_once = int(run.numbers["MaxConcurrency"] or _MOST_AT_ONCE)
    with ThreadPoolExecutor(min(at_once, _MOST_AT_ONCE)) as pool:
        waiting = [
            pool.submit(copy_context().run, run_child, index) for index in range(len(inputs))
        ]
    for one in waiting:
        one.result()
    exceeded = run.is_exceeded()
    results = writer.written(state, value, context, run)
    if exceeded:
        raise stepfunctions._ExecutionError(_EXCEEDED, _EXCEEDED_TEXT)
    return results


def _inputs(
    state: _State, value: object, items: list[object], context: _Context
) -> tuple[list[object], list[int]]:
    """Returns the inputs of the children, and how many items each has."""
    selected = []
    for index, item in enumerate(items):
        own = copy.deepcopy(context)
        own["Map"] = {"Item": {"Index": index, "Value": item}}
        selected.append(fields.selected(state, value, item, own))
    if "ItemBatcher" not in state:
        return selected, [1] * len(selected)
    made = batches.batched(state, value, selected, context)
    return list(made), [len(batch["Items"]) for batch in made]


def _may_start(machine: str) -> None:
    """Checks that the role may start the children, which are executions of the machine itself."""
    key = access_key.get()
    if key is None:
        return
    try:
        check_caller(key, _START, machine, {})
    except AccessDenied as refusal:
        raise stepfunctions._ExecutionError("States.Runtime", refusal.reason) from refusal


MEND: Final = Mend(
    aws="A Distributed Map takes JSONata, batches, writes its results, and works as the role.",
    source="Step Functions Developer Guide, Using Map state in Distributed mode",
    apply=_apply,
)
