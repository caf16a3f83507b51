"""Whether the paths and intrinsic functions of a definition can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from personalize_local.emulator.mends.step_functions.definitions.walk import (
    Diagnostic,
    State,
    schema,
    words,
)

_TEMPLATES: Final = ("Parameters", "ResultSelector", "ItemSelector", "Assign")
_PATHS: Final = words(
    "InputPath OutputPath ResultPath ItemsPath SecondsPath TimestampPath TimeoutSecondsPath "
    "HeartbeatSecondsPath ErrorPath CausePath MaxConcurrencyPath ToleratedFailureCountPath "
    "ToleratedFailurePercentagePath"
)
# What can also be a function, and what can be null.
_CALLED: Final = ("ErrorPath", "CausePath")
_NULLABLE: Final = ("InputPath", "OutputPath", "ResultPath")
_WRONG: Final = (
    "The value for the field '{}' must be a valid JSONPath or a valid intrinsic function call"
)
_FUNCTIONS: Final = words(
    "Array ArrayPartition ArrayContains ArrayRange ArrayGetItem ArrayLength ArrayUnique "
    "Base64Encode Base64Decode Hash JsonMerge JsonToString StringToJson MathRandom MathAdd "
    "StringSplit UUID Format"
)
_CALL: Final = re.compile(r"States\.(\w+)\(")
# A string, in which a quote, a brace and a backslash can be escaped; then nothing else.
_STRING: Final = re.compile(r"'(?:[^'\\]|\\['{}\\])*'")


def of_state(state: State) -> Iterator[Diagnostic]:
    """Yields what is wrong with the paths of a state in JSONPath."""
    for name in _PATHS:
        if name not in state.fields:
            continue
        value = state.fields[name]
        if value is None and name in _NULLABLE:
            continue
        if not (is_path(value) or (name in _CALLED and is_call(value))):
            yield schema(f"Value is not a valid JSONPath: {value}", f"{state.location}/{name}")
    for name in _TEMPLATES:
        if name in state.fields:
            yield from _of_template(state.fields[name], f"{state.location}/{name}")


def is_path(value: object) -> bool:
    """Whether a value is a path into the input, the context object or a variable."""
    return isinstance(value, str) and value.startswith("$")


def is_call(value: object) -> bool:
    """Whether a value calls functions that there are, with quotes and brackets in pairs."""
    if not isinstance(value, str) or not _CALL.match(value):
        return False
    if any(name not in _FUNCTIONS for name in _CALL.findall(_STRING.sub("''", value))):
        return False
    plain = _STRING.sub("", value)
    return "'" not in plain and plain.count("(") == plain.count(")") and plain.endswith(")")


def _of_template(value: Any, place: str) -> Iterator[Diagnostic]:  # noqa: ANN401
    if isinstance(value, list):
        for inner in value:
            yield from _of_template(inner, place)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if not name.endswith(".$"):
                yield from _of_template(inner, place)
            elif not (is_path(inner) or is_call(inner)):
                yield schema(_WRONG.format(name), place)
