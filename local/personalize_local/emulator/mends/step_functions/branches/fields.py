"""The fields of a Map state, in both query languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services import stepfunctions

from personalize_local.emulator.mends.step_functions.runs import history, sizes

_State = Mapping[str, Any]
_Context = dict[str, Any]


def items(state: _State, value: object, context: _Context) -> list[object]:
    """Returns the array that a Map goes through.

    Args:
        state: The state.
        value: Its input.
        context: The context object.

    Raises:
        _ExecutionError: It is no array.
    """
    found: object
    if is_jsonata(state, context):
        if "Items" in state:
            found = stepfunctions._jsonata_state_field(state, "Items", "array", value, context)
        else:
            found = value
    else:
        effective = stepfunctions._apply_input_path(state, value, context)
        path = state.get("ItemsPath", "$")
        found = stepfunctions._resolve_path_or_ctx(path, effective, context)
    if not isinstance(found, list):
        told = f"Map state input must be an array but was: {sizes.text(found)}"
        raise history.runtime_error(told)
    return found


def selected(state: _State, value: object, item: object, context: _Context) -> object:
    """Returns the input of an item.

    Args:
        state: The state.
        value: Its input.
        item: The item of the array.
        context: The context object of the item.
    """
    selector = state.get("ItemSelector", state.get("Parameters"))
    if selector is None:
        return item
    if is_jsonata(state, context):
        return stepfunctions._apply_jsonata_template(selector, value, context)
    effective = stepfunctions._apply_input_path(state, value, context)
    return stepfunctions._resolve_params_obj(selector, effective, context)


def number(state: _State, name: str, value: object, context: _Context) -> float | None:
    """Returns a number of the state.

    Args:
        state: The state.
        name: The field, also when it has a path or an expression.
        value: The input of the state.
        context: The context object.

    Returns:
        The number; None when the state has none.

    Raises:
        _ExecutionError: It is no number, or negative.
    """
    found: Any
    if f"{name}Path" in state:
        effective = stepfunctions._apply_input_path(state, value, context)
        path = state[f"{name}Path"]
        found = stepfunctions._resolve_path_or_ctx(path, effective, context)
        if not stepfunctions._is_num(found):
            told = f'The {name}Path field refers to value "{sizes.text(found)}" which is not a'
            raise history.runtime_error(f"{told} valid integer: {path}")
    elif name in state:
        found = stepfunctions._jsonata_state_field(state, name, "number", value, context)
    else:
        return None
    if found < 0:
        raise history.runtime_error(f"{name} must not be negative, but was {sizes.text(found)}.")
    return float(found)


def is_jsonata(state: _State, context: _Context) -> bool:
    """Whether a state is in JSONata."""
    return bool(stepfunctions._state_query_language(state, context) == "JSONata")
