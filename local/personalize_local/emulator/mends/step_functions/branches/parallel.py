"""Runs the branches of Parallel states, in JSONata too, with their events.

MiniStack knows the fields of JSONPath only, and writes no event of a branch.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Mapping
from contextvars import copy_context
from typing import Any, Final

from ministack.services import stepfunctions

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.step_functions.branches import fields
from personalize_local.emulator.mends.step_functions.runs import history
from personalize_local.emulator.mends.step_functions.states import retries
from personalize_local.emulator.mends.step_functions.states.results import finished

_State = Mapping[str, Any]
_Context = dict[str, Any]


def _apply() -> None:
    stepfunctions._execute_parallel = _execute


def _execute(
    state: _State, value: object, execution: dict[str, Any], context: _Context
) -> tuple[object, str | None]:
    def failed(error: Exception) -> None:
        if getattr(error, "error", "") != "States.Runtime":
            history.add(execution, "ParallelStateFailed")

    def run() -> tuple[object, str | None]:
        if fields.is_jsonata(state, context):
            given = stepfunctions._apply_jsonata_arguments(state, value, context)
        else:
            effective = stepfunctions._apply_input_path(state, value, context)
            given = stepfunctions._apply_parameters(state, effective, context)
        history.add(execution, "ParallelStateStarted")
        results = _results(state["Branches"], given, execution, context)
        history.add(execution, "ParallelStateSucceeded")
        return finished(state, value, context, results), stepfunctions._next_or_end(state)

    return retries.attempt(state, value, context, run, failed)


def _results(
    branches: list[_State], given: object, execution: dict[str, Any], context: _Context
) -> list[object]:
    results: list[object] = [None] * len(branches)
    errors: list[Exception | None] = [None] * len(branches)

    def run_branch(index: int) -> None:
        branch = branches[index]
        try:
            results[index] = stepfunctions._run_sub_machine(
                branch["States"], branch["StartAt"], copy.deepcopy(given), execution, context
            )
        except Exception as error:
            errors[index] = error

    threads = [
        threading.Thread(target=copy_context().run, args=(run_branch, index), daemon=True)
        for index in range(len(branches))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in errors:
        if error is not None:
            raise error
    return results


MEND: Final = Mend(
    aws="A Parallel state takes Arguments, Output and Assign in JSONata, and has its events.",
    source="Step Functions Developer Guide, Parallel workflow state; LocalStack's recordings",
    apply=_apply,
)
