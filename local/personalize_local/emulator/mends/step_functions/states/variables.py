"""Assigns variables in JSONPath too, where MiniStack knows those of JSONata only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ministack.services import stepfunctions

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.step_functions.states import expressions, paths

_State = Mapping[str, Any]
_Context = dict[str, Any]


def _apply() -> None:
    wait = stepfunctions._execute_wait

    def wait_and_assign(
        state: _State, value: object, context: _Context
    ) -> tuple[object, str | None]:
        done: tuple[object, str | None] = wait(state, value, context)
        if not _is_jsonata(state, context):
            effective = stepfunctions._apply_input_path(state, value, context)
            _assign(state, value, context, result=effective)
        return done

    stepfunctions._execute_wait = wait_and_assign
    stepfunctions._execute_pass = _pass
    stepfunctions._apply_state_assign = _assign


def _pass(state: _State, value: object, context: _Context) -> tuple[object, str | None]:
    if _is_jsonata(state, context):
        output = stepfunctions._apply_jsonata_output(state, value, context, default=value)
        _assign(state, value, context, result=output)
        return output, stepfunctions._next_or_end(state)
    effective = stepfunctions._apply_input_path(state, value, context)
    given = stepfunctions._apply_parameters(state, effective, context)
    result = state.get("Result", given)
    output = stepfunctions._apply_result_path(state, effective, result)
    output = stepfunctions._apply_output_path(state, output, context)
    _assign(state, value, context, result=result)
    return output, stepfunctions._next_or_end(state)


def _assign(
    state: _State,
    value: object,
    context: _Context,
    result: object = None,
    error_output: object = None,
) -> None:
    """Sets the variables of a state, all of them to what they are before any is set."""
    template = state.get("Assign")
    if template is None:
        return
    if _is_jsonata(state, context):
        assigned = expressions.template(
            template, value, context, result, error_output, place="Assign"
        )
    else:
        given = error_output if error_output is not None else result
        assigned = paths.filled(template, given, context)
    context["variables"].update(assigned)


def _is_jsonata(state: _State, context: _Context) -> bool:
    return bool(stepfunctions._state_query_language(state, context) == "JSONata")


MEND: Final = Mend(
    aws="States in JSONPath assign variables as well, after their output is made.",
    source="Step Functions Developer Guide, Passing data between states with variables",
    apply=_apply,
)
