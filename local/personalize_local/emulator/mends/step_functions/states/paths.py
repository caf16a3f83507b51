"""Fails a state whose path finds nothing, where MiniStack goes on with null.

Paths also read variables, slices, filters and everything below a value here.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final

from ministack.services import stepfunctions

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.step_functions.runs import history, sizes
from personalize_local.emulator.mends.step_functions.session import context_object
from personalize_local.emulator.mends.step_functions.states import json_path

_CONTEXT: Final = "$$"
_MISMATCH: Final = "States.ResultPathMatchFailure"

_Context = Mapping[str, Any]


def _apply() -> None:
    stepfunctions._resolve_path = lambda path, value: found(path, value, None)
    stepfunctions._resolve_ctx_path = lambda path, context: found(path, None, context)
    stepfunctions._resolve_path_or_ctx = found
    stepfunctions._apply_input_path = lambda state, value, context=None: _moved(
        state, "InputPath", value, context
    )
    stepfunctions._apply_output_path = lambda state, value, context=None: _moved(
        state, "OutputPath", value, context
    )
    stepfunctions._apply_parameters = _parameters
    stepfunctions._apply_result_selector = _selected
    stepfunctions._apply_result_path_raw = _placed
    stepfunctions._resolve_params_obj = filled


def found(path: str, value: object, context: _Context | None) -> Any:  # noqa: ANN401
    """Returns what a path finds in an input, in the context object or in a variable.

    Args:
        path: The path.
        value: The input.
        context: The context object. Default: - that of the state that the thread works for.

    Raises:
        _ExecutionError: It finds nothing.
    """
    try:
        return look(path, value, context)
    except json_path.Missing as error:
        raise history.runtime_error(
            f"Invalid path '{path}' : {_why(path, value, context)}"
        ) from error


def look(path: str, value: object, context: _Context | None) -> Any:  # noqa: ANN401
    """Returns what a path finds; see `found`.

    Raises:
        Missing: It finds nothing.
    """
    around = context or context_object.get() or {}
    root, rest = value, path
    try:
        if path.startswith(_CONTEXT):
            root = {name: one for name, one in around.items() if name[0].isupper()}
            rest = path[1:]
        elif len(path) > 1 and path[1] not in ".[":
            # `$name.field` is a variable.
            root, rest = around.get("variables", {}), f"$.{path[1:]}"
        return json_path.read(rest, root)
    except json_path.PathError as error:
        raise history.runtime_error(f"Invalid path '{path}'") from error


def filled(
    template: Any,  # noqa: ANN401
    value: object,
    context: _Context | None = None,
) -> Any:  # noqa: ANN401
    """Returns a payload template with its paths and functions in it.

    Args:
        template: The template.
        value: What `$` is.
        context: The context object. Default: - that of the state that the thread works for.
    """
    if isinstance(template, list):
        return [filled(one, value, context) for one in template]
    if not isinstance(template, dict):
        return template
    return {
        name.removesuffix(".$"): (
            _called(name, one, value, context)
            if name.endswith(".$") and isinstance(one, str)
            else filled(one, value, context)
        )
        for name, one in template.items()
    }


def _called(name: str, path: str, value: object, context: _Context | None) -> Any:  # noqa: ANN401
    if path.startswith("States."):
        return stepfunctions._evaluate_intrinsic(path, value, context or context_object.get())
    try:
        return look(path, value, context)
    except json_path.Missing as error:
        told = f"The JSONPath '{path}' specified for the field '{name}' could not be found in"
        raise history.runtime_error(f"{told} the input '{sizes.text(value)}'") from error


def _moved(state: Mapping[str, Any], name: str, value: object, context: _Context | None) -> Any:  # noqa: ANN401
    path = state.get(name, "$")
    return {} if path is None else found(path, value, context)


def _parameters(state: Mapping[str, Any], value: object, context: _Context | None = None) -> Any:  # noqa: ANN401
    return filled(state["Parameters"], value, context) if "Parameters" in state else value


def _selected(state: Mapping[str, Any], result: object) -> Any:  # noqa: ANN401
    return filled(state["ResultSelector"], result) if "ResultSelector" in state else result


def _placed(path: str | None, value: object, result: object) -> Any:  # noqa: ANN401
    if path is None:
        return copy.deepcopy(value)
    steps = json_path.parse(path)
    if not steps:
        return result
    output = copy.deepcopy(value)
    place: Any = output
    for step in steps[:-1]:
        place = _below(place, step, path)
    _below(place, steps[-1], path)
    place[steps[-1].value] = result
    return output


def _below(place: Any, step: json_path.Step, path: str) -> Any:  # noqa: ANN401
    """Returns what lies at one part of a reference path; an object is made where nothing is."""
    if step.kind == "name" and isinstance(place, dict):
        return place.setdefault(step.value, {})
    if step.kind == "index" and isinstance(place, list) and step.value < len(place):
        return place[step.value]
    told = history.located(f"Unable to apply ReferencePath {path} to input {sizes.text(place)}")
    raise stepfunctions._ExecutionError(_MISMATCH, told)


def _why(path: str, value: object, context: _Context | None) -> str:
    """Returns where a path stops to lead on."""
    parts = json_path.parse(path)
    spelled, root = "$", path[: len(path) - len(path.lstrip("$"))]
    for index, part in enumerate(parts):
        key = f"['{part.value}']" if part.kind == "name" else f"[{part.value}]"
        spelled, root = spelled + key, root + key
        try:
            look(root, value, context)
        except json_path.Missing:
            is_last = index == len(parts) - 1
            return (
                f"{'No results for' if is_last else 'Missing property in'} path: {spelled}".replace(
                    "in path:", "in path"
                )
            )
    return f"No results for path: {spelled}"


MEND: Final = Mend(
    aws="A path that finds nothing fails the state; a path can read variables, slices and filters.",
    source="Amazon States Language, Paths and Reference Paths; histories recorded by LocalStack",
    apply=_apply,
)
