"""Decides Choice states as AWS does.

MiniStack takes what is no boolean for one, lacks half of the comparisons with a path, and goes on
where a variable is missing.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from ministack.services import stepfunctions

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.step_functions.runs import history
from personalize_local.emulator.mends.step_functions.states import expressions, json_path, paths

_COMPARISON: Final = re.compile(
    "(?P<type>String|Numeric|Boolean|Timestamp)"
    "(?P<sign>Equals|LessThanEquals|GreaterThanEquals|LessThan|GreaterThan|Matches)(?P<path>Path)?"
)
_SIGNS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
_IS: Final[dict[str, Callable[[Any], bool]]] = {
    "IsNull": lambda value: value is None,
    "IsNumeric": lambda value: bool(stepfunctions._is_num(value)),
    "IsString": lambda value: isinstance(value, str),
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": lambda value: _time(value) is not None,
}
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")

_Rule = Mapping[str, Any]
_Context = dict[str, Any]


def _apply() -> None:
    stepfunctions._execute_choice = _execute


def _execute(state: _Rule, value: object, context: _Context) -> tuple[object, str | None]:
    is_jsonata = stepfunctions._state_query_language(state, context) == "JSONata"
    given = value if is_jsonata else stepfunctions._apply_input_path(state, value, context)
    for index, rule in enumerate(state["Choices"]):
        is_true = _holds(rule, index, given, context) if is_jsonata else _fits(rule, given, context)
        if is_true:
            return _taken(state, rule, rule["Next"], given, context, is_jsonata=is_jsonata)
    if "Default" not in state:
        told = "Failed to transition out of the state. The state does not point to a next state."
        error = "States.NoChoiceMatched"
        raise stepfunctions._ExecutionError(error, history.located(told))
    return _taken(state, state, state["Default"], given, context, is_jsonata=is_jsonata)


def _taken(
    state: _Rule, rule: _Rule, following: str, given: object, context: _Context, *, is_jsonata: bool
) -> tuple[object, str | None]:
    # Before it assigns: what a state puts out sees the variables as they were.
    if is_jsonata:
        output = stepfunctions._apply_jsonata_output(rule, given, context, default=given)
    else:
        output = stepfunctions._apply_output_path(state, given, context)
    language = {"QueryLanguage": "JSONata" if is_jsonata else "JSONPath"}
    stepfunctions._apply_state_assign({**rule, **language}, given, context, result=given)
    return output, following


def _holds(rule: _Rule, index: int, given: object, context: _Context) -> bool:
    place = f"Choices[{index}]/Condition"
    return bool(expressions.field(rule, "Condition", "boolean", given, context, place))


def _fits(rule: _Rule, given: object, context: _Context) -> bool:
    if "And" in rule:
        return all(_fits(one, given, context) for one in rule["And"])
    if "Or" in rule:
        return any(_fits(one, given, context) for one in rule["Or"])
    if "Not" in rule:
        return not _fits(rule["Not"], given, context)
    try:
        value = paths.look(rule["Variable"], given, context)
    except json_path.Missing as error:
        if "IsPresent" in rule:
            return not rule["IsPresent"]
        told = (
            f"Invalid path '{rule['Variable']}': The choice state's condition path references an "
            "invalid value."
        )
        raise history.runtime_error(told) from error
    if "IsPresent" in rule:
        return bool(rule["IsPresent"])
    return _compares(rule, value, given, context)


def _compares(rule: _Rule, value: object, given: object, context: _Context) -> bool:
    for name, expected in rule.items():
        if name in _IS:
            return _IS[name](value) is expected
        found = _COMPARISON.fullmatch(name)
        if found is None:
            continue
        other = paths.found(expected, given, context) if found["path"] else expected
        if found["sign"] == "Matches":
            return isinstance(value, str) and _matches(str(other), value)
        left, right = (_typed(found["type"], one) for one in (value, other))
        return left is not None and right is not None and _SIGNS[found["sign"]](left, right)
    return False


def _typed(kind: str, value: object) -> Any:  # noqa: ANN401
    """Returns a value of one type; None when it is of another."""
    if kind == "Timestamp":
        return _time(value)
    fits = {
        "String": isinstance(value, str),
        "Numeric": bool(stepfunctions._is_num(value)),
        "Boolean": isinstance(value, bool),
    }
    return value if fits[kind] else None


def _time(value: object) -> Any:  # noqa: ANN401
    is_time = isinstance(value, str) and _TIME.fullmatch(value)
    return stepfunctions._parse_ts(value) if is_time else None


def _matches(pattern: str, value: str) -> bool:
    """Whether a text has the form of a pattern, where `*` is anything if no backslash is before."""
    parts = re.findall(r"\\[*\\]|\*|[^*\\]+|\\", pattern)
    expression = "".join(
        ".*" if part == "*" else re.escape(part[-1] if part.startswith("\\") else part)
        for part in parts
    )
    return re.fullmatch(expression, value, re.DOTALL) is not None


MEND: Final = Mend(
    aws="A Condition is a boolean or fails the state, and so does a Variable that is not there.",
    source="Amazon States Language, Choice State; Step Functions Developer Guide, Choice state",
    apply=_apply,
)
