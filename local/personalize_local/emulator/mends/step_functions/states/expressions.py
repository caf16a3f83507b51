"""Evaluates JSONata as AWS does, and says of an error which expression of which field it is in.

MiniStack ends an expression after a second, has `$eval`, and names neither.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any, Final

import jsonata
from ministack.services import stepfunctions

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.step_functions.definitions.expressions import is_expression
from personalize_local.emulator.mends.step_functions.runs import history, sizes

# AWS names no limit of time; but what does not end must end here too.
_MOST_MILLISECONDS: Final = 60_000
# An addition of 200 terms was measured to be too deep; what is the most, AWS does not say.
_MOST_DEPTH: Final = 199
_CODE: Final = re.compile(r"[A-Z]\d{4}: ")
_NOTHING: Final = "JSONata expression did not return a result"
_LIMITS: Final = {
    "D1011": "Stack overflow error: Check for non-terminating recursive function. Consider "
    "rewriting as tail-recursive",
    "D1012": "Expression evaluation timeout: Check for infinite loop",
}

# Those of java.util.Random, which AWS was measured to use.
_MULTIPLIER: Final = 0x5DEECE66D
_INCREMENT: Final = 0xB
_MASK: Final = (1 << 48) - 1

_Context = dict[str, Any]

# The field of the state that is being evaluated.
_place: ContextVar[str] = ContextVar("personalize_local_jsonata_field", default="")


def _apply() -> None:
    evaluate = stepfunctions._evaluate_jsonata

    def evaluate_in_place(
        expression: str,
        value: object,
        context: _Context | None = None,
        result: object = None,
        error_output: object = None,
    ) -> object:
        try:
            found = evaluate(expression, value, context, result, error_output)
        except stepfunctions._ExecutionError as error:
            raise _error(expression, _told(error.cause)) from error
        try:
            sizes.text(found)
        except TypeError as error:
            raise _error(expression, "returned an unsupported result type.") from error
        return found

    jsonata.Jsonata.static_frame.bindings.pop("eval", None)
    stepfunctions._sfn_jsonata_random = _random
    stepfunctions.jsonata = SimpleNamespace(
        utils=jsonata.utils, Jsonata=SimpleNamespace(jsonata=_parsed)
    )
    stepfunctions._evaluate_jsonata = evaluate_in_place
    stepfunctions._apply_jsonata_template = template
    stepfunctions._apply_jsonata_arguments = _arguments
    stepfunctions._apply_jsonata_output = _output
    stepfunctions._jsonata_state_field = field


def template(
    value: Any,  # noqa: ANN401
    given: object,
    context: _Context | None = None,
    result: object = None,
    error_output: object = None,
    *,
    place: str = "",
) -> Any:  # noqa: ANN401
    """Returns a template with its expressions evaluated.

    Args:
        value: The template.
        given: The input of the state.
        context: The context object. Default: - none.
        result: The result of the state. Default: - none.
        error_output: The error that was caught. Default: - none.
        place: The field of the state that it is. Default: - the template is not named.
    """
    if isinstance(value, dict):
        return {
            name: template(
                inner, given, context, result, error_output, place=f"{place}/{name}".lstrip("/")
            )
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [
            template(inner, given, context, result, error_output, place=f"{place}[{index}]")
            for index, inner in enumerate(value)
        ]
    if not is_expression(value):
        return value
    token = _place.set(place)
    try:
        return stepfunctions._evaluate_jsonata(
            value[2:-2].strip(), given, context, result, error_output
        )
    finally:
        _place.reset(token)


def field(
    state: Mapping[str, Any],
    name: str,
    expected: str,
    given: object,
    context: _Context,
    place: str | None = None,
) -> Any:  # noqa: ANN401
    """Returns a field that must have one type of JSON.

    Args:
        state: The state, or a part of it.
        name: The field.
        expected: The type.
        given: The input of the state.
        context: The context object.
        place: Where the field is. Default: - in the state itself.

    Raises:
        _ExecutionError: It cannot be evaluated, or is of another type.
    """
    place = place or name
    found = template(state[name], given, context, place=place)
    kind = stepfunctions._json_type(found)
    if kind == expected:
        return found
    told = f"Expected '{expected}', but was '{kind}' for value: {sizes.text(found)}"
    expression = str(state[name]).removeprefix("{%").removesuffix("%}").strip()
    sentence = f"The JSONata expression '{expression}' specified for the field '{place}' returned"
    raise history.evaluation_error(f"{sentence} an unexpected result type. {told}", place)


def _arguments(state: Mapping[str, Any], given: object, context: _Context | None = None) -> Any:  # noqa: ANN401
    return (
        template(state.get("Arguments", given), given, context, place="Arguments")
        if ("Arguments" in state)
        else given
    )


def _output(
    state: Mapping[str, Any],
    given: object,
    context: _Context | None = None,
    result: object = None,
    error_output: object = None,
    default: object = None,
) -> Any:  # noqa: ANN401
    if "Output" not in state:
        return default
    return template(state["Output"], given, context, result, error_output, place="Output")


def _parsed(expression: str, timeout: int | None = None) -> Any:  # noqa: ANN401
    if timeout is None:
        return jsonata.Jsonata.jsonata(expression)
    return jsonata.Jsonata.jsonata(expression, timeout=_MOST_MILLISECONDS, stack=_MOST_DEPTH)


def _random(seed: float | None = None) -> float:
    """Returns a number from 0 up to 1; the same for a seed as that of `java.util.Random`."""
    if seed is None:
        return random.random()  # noqa: S311 - no secret
    state = (int(seed) ^ _MULTIPLIER) & _MASK
    state = (state * _MULTIPLIER + _INCREMENT) & _MASK
    high = state >> 22
    state = (state * _MULTIPLIER + _INCREMENT) & _MASK
    return float((high << 27) + (state >> 21)) / (1 << 53)


def _told(cause: str) -> str:
    if cause.startswith(_NOTHING):
        return "returned nothing (undefined)."
    code = cause[:5]
    if code in _LIMITS:
        return f"threw an error during evaluation: {_LIMITS[code]}"
    separator = ". " if _CODE.match(cause) else ": "
    return f"threw an error during evaluation{separator}{cause}"


def _error(expression: str, told: str) -> Exception:
    place = _place.get()
    sentence = f"The JSONata expression '{expression}' specified for the field '{place}' {told}"
    return history.evaluation_error(sentence, place)


MEND: Final = Mend(
    aws="JSONata is evaluated without $eval and without a limit of a second, and errors say where.",
    source="Step Functions Developer Guide, Transforming data with JSONata; LocalStack's records",
    apply=_apply,
)
