"""Runs the items of Map states in the execution itself, with their events.

MiniStack writes none, and takes a value that is no array for an array of one.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, Final

from ministack.services import stepfunctions

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.step_functions.branches import fields
from personalize_local.emulator.mends.step_functions.runs import history
from personalize_local.emulator.mends.step_functions.states import retries
from personalize_local.emulator.mends.step_functions.states.results import finished

_MOST_AT_ONCE: Final = 40

_State = Mapping[str, Any]
_Context = dict[str, Any]


def _apply() -> None:
    stepfunctions._execute_map = _execute


def _execute(
    state: _State, value: object, execution: dict[str, Any], context: _Context
) -> tuple[object, str | None]:
    def failed(error: Exception) -> None:
        if getattr(error, "error", "") != "States.Runtime":
            history.add(execution, "MapStateFailed")

    def run() -> tuple[object, str | None]:
        processor = state.get("ItemProcessor") or state["Iterator"]
        if (processor.get("ProcessorConfig") or {}).get("Mode") == "DISTRIBUTED":
            effective = stepfunctions._apply_input_path(state, value, context)
            done: tuple[object, str | None] = stepfunctions._run_distributed_map(
                state, value, effective, processor, execution, context
            )
            return done
        results = _results(state, value, processor, execution, context)
        history.add(execution, "MapStateSucceeded")
        return finished(state, value, context, results), stepfunctions._next_or_end(state)

    return retries.attempt(state, value, context, run, failed)


def _results(
    state: _State,
    value: object,
    processor: _State,
    execution: dict[str, Any],
    context: _Context,
) -> list[object]:
    items = fields.items(state, value, context)
    at_once = int(fields.number(state, "MaxConcurrency", value, context) or 0)
    details = {"mapStateStartedEventDetails": {"length": len(items)}}
    history.add(execution, "MapStateStarted", details)
    results: list[object] = [None] * len(items)
    errors: list[Exception | None] = [None] * len(items)

    def run_item(index: int) -> None:
        which = {"index": index, "name": context["State"]["Name"]}

        def note(phase: str) -> None:
            kind = f"mapIteration{phase}"
            history.add(execution, kind[0].upper() + kind[1:], {f"{kind}EventDetails": which})

        try:
            note("Started")
            own = copy.deepcopy(context)
            own["Map"] = {"Item": {"Index": index, "Value": items[index]}}
            given = fields.selected(state, value, items[index], own)
            results[index] = stepfunctions._run_sub_machine(
                processor["States"], processor["StartAt"], given, execution, own
            )
            note("Succeeded")
        except stepfunctions._ExecutionError as error:
            errors[index] = error
            _quietly(lambda: note("Failed"))

    with ThreadPoolExecutor(min(at_once or _MOST_AT_ONCE, _MOST_AT_ONCE)) as pool:
        waiting = [pool.submit(copy_context().run, run_item, index) for index in range(len(items))]
    for one in waiting:
        one.result()
    for error in errors:
        if error is not None:
            raise error
    return results


def _quietly(note: Callable[[], None]) -> None:
    """Notes the end of an item, unless it is the history itself that is full."""
    try:
        note()
    except stepfunctions._ExecutionError:
        # The error of the item is that one then.
        return


MEND: Final = Mend(
    aws="A Map runs the items of an array, 40 at once at most, and each has its events.",
    source="Step Functions Developer Guide, Using Map state in Inline mode; LocalStack's records",
    apply=_apply,
)
