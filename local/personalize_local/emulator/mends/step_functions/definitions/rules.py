"""Whether what a state catches, retries, chooses and waits for can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from personalize_local.emulator.mends.step_functions.definitions.expressions import is_expression
from personalize_local.emulator.mends.step_functions.definitions.fields import unknown
from personalize_local.emulator.mends.step_functions.definitions.walk import (
    JSONATA,
    Diagnostic,
    State,
    schema,
)

_RETRIER: Final = (
    "BackoffRate Comment ErrorEquals IntervalSeconds JitterStrategy MaxAttempts MaxDelaySeconds"
)
_CATCHER: Final = "Assign Comment ErrorEquals Next"
_CHOICE: Final = "Assign Comment Condition Next Output"
_ALL: Final = "States.ALL"
# The least and the greatest value of each number of a retrier.
_NUMBERS: Final = {
    "IntervalSeconds": (1, 99_999_999),
    "MaxAttempts": (0, 99_999_999),
    "MaxDelaySeconds": (1, 31_622_400),
    "BackoffRate": (1, float("inf")),
}
_SECONDS: Final = {"TimeoutSeconds": 1, "HeartbeatSeconds": 1, "Seconds": 0}
_MOST_SECONDS: Final = 99_999_999
_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.IGNORECASE
)


def of_state(state: State) -> Iterator[Diagnostic]:
    """Yields what is wrong with the rules and the numbers of a state."""
    yield from _errors(state, "Retry", _RETRIER)
    catcher = f"{_CATCHER} {'Output' if state.language == JSONATA else 'ResultPath'}"
    yield from _errors(state, "Catch", catcher)
    for index, retrier in _rules(state, "Retry"):
        yield from _numbers(retrier, f"{state.location}/Retry[{index}]")
    if state.kind == "Choice":
        yield from _choices(state)
    yield from _times(state)


def _rules(state: State, field: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    given = state.fields.get(field)
    for index, rule in enumerate(given if isinstance(given, list) else ()):
        if isinstance(rule, dict):
            yield index, rule


def _errors(state: State, field: str, known: str) -> Iterator[Diagnostic]:
    rules = list(_rules(state, field))
    for index, rule in rules:
        place = f"{state.location}/{field}[{index}]"
        yield from unknown(rule, known, place)
        names = rule.get("ErrorEquals")
        if not isinstance(names, list) or not names:
            yield schema("Value cannot be empty", f"{place}/ErrorEquals")
        elif _ALL in names and (len(names) > 1 or index != rules[-1][0]):
            text = f"{_ALL} must be the only error of a rule, and in the last one"
            yield schema(text, f"{place}/ErrorEquals")
        if field == "Catch" and "Next" not in rule:
            yield schema("These fields are required: [Next]", place)


def _numbers(retrier: Mapping[str, Any], place: str) -> Iterator[Diagnostic]:
    for name, (least, most) in _NUMBERS.items():
        value = retrier.get(name, least)
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not least <= value <= most:
            yield schema(f"Value must be a number from {least} to {most}", f"{place}/{name}")
    if retrier.get("JitterStrategy", "NONE") not in ("FULL", "NONE"):
        text = "The field 'JitterStrategy' should have one of these values: [FULL, NONE]"
        yield schema(text, f"{place}/JitterStrategy")


def _choices(state: State) -> Iterator[Diagnostic]:
    for index, rule in _rules(state, "Choices"):
        place = f"{state.location}/Choices[{index}]"
        if "Next" not in rule:
            yield schema("These fields are required: [Next]", place)
        if state.language == JSONATA:
            yield from unknown(rule, _CHOICE, place)
            condition = rule.get("Condition")
            if not isinstance(condition, bool) and not is_expression(condition):
                text = "Value must be a boolean or a JSONata expression"
                yield schema(text, f"{place}/Condition")
        elif "Condition" in rule:
            text = (
                "The QueryLanguage is set to 'JSONPath', but field 'Condition' is only supported "
                "for the 'JSONata' QueryLanguage"
            )
            yield schema(text, place)


def _times(state: State) -> Iterator[Diagnostic]:
    for name, least in _SECONDS.items():
        value = state.fields.get(name, least)
        if is_expression(value) and state.language == JSONATA:
            continue
        is_number = isinstance(value, int) and not isinstance(value, bool)
        if not is_number or not least <= value <= _MOST_SECONDS:
            text = f"Value must be an integer from {least} to {_MOST_SECONDS}"
            yield schema(text, f"{state.location}/{name}")
    time = state.fields.get("Timestamp")
    if time is None or (is_expression(time) and state.language == JSONATA):
        return
    if not isinstance(time, str) or not _TIME.fullmatch(time):
        yield schema("String does not match RFC3339 timestamp", f"{state.location}/Timestamp")
