"""Which fields a state machine and its states can and must have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from personalize_local.emulator.mends.step_functions.definitions.walk import (
    BRANCH,
    JSONATA,
    JSONPATH,
    PROCESSOR,
    ROOT,
    Diagnostic,
    Scope,
    State,
    schema,
    words,
)

_OF_SCOPES: Final = {
    ROOT: words("Comment QueryLanguage StartAt States TimeoutSeconds Version"),
    BRANCH: words("Comment StartAt States"),
    PROCESSOR: words("Comment ProcessorConfig StartAt States"),
}
_ALWAYS: Final = words("Comment QueryLanguage Type")
_ON: Final = "Assign End Next"
_CAUGHT: Final = f"{_ON} Catch Retry"
_PATHS: Final = "InputPath OutputPath"
_WITH_RESULT: Final = f"{_PATHS} Parameters ResultPath ResultSelector"
_TOLERATED: Final = "ToleratedFailureCount ToleratedFailurePercentage"
# The fields in both query languages, in JSONPath alone and in JSONata alone.
_OF_STATES: Final = {
    "Task": (
        f"{_CAUGHT} Credentials HeartbeatSeconds Resource TimeoutSeconds",
        f"{_WITH_RESULT} HeartbeatSecondsPath TimeoutSecondsPath",
        "Arguments Output",
    ),
    "Wait": (f"{_ON} Seconds Timestamp", f"{_PATHS} SecondsPath TimestampPath", "Output"),
    "Pass": (_ON, f"{_PATHS} Parameters Result ResultPath", "Output"),
    "Succeed": ("", _PATHS, "Output"),
    "Fail": ("Cause Error", "CausePath ErrorPath", ""),
    "Choice": ("Assign Choices Default", _PATHS, "Output"),
    "Parallel": (f"{_CAUGHT} Branches", _WITH_RESULT, "Arguments Output"),
    "Map": (
        f"{_CAUGHT} ItemBatcher ItemProcessor ItemReader ItemSelector Iterator Label "
        f"MaxConcurrency ResultWriter {_TOLERATED}",
        f"{_WITH_RESULT} ItemsPath MaxConcurrencyPath ToleratedFailureCountPath "
        "ToleratedFailurePercentagePath",
        "Items Output",
    ),
}
_ENDS: Final = ("Choice", "Fail", "Succeed")
_ONLY: Final = (
    "The QueryLanguage is set to '{}', but field '{}' is only supported for the '{}' QueryLanguage"
)
_NEEDED: Final = {"Task": "Resource", "Choice": "Choices", "Parallel": "Branches"}
_ONE_OF: Final = {
    "Wait": ("Seconds", "Timestamp", "SecondsPath", "TimestampPath"),
    "Map": ("ItemProcessor", "Iterator"),
}
_LONGEST_NAME: Final = 80


def of_scope(scope: Scope) -> Iterator[Diagnostic]:
    """Yields what is wrong with the fields of the machine, of a branch or of a Map's processor."""
    place = scope.location or "/"
    missing = [name for name in ("States", "StartAt") if name not in scope.fields]
    if missing:
        yield schema(f"These fields are required: [{', '.join(missing)}]", place)
    for name in scope.fields:
        if name not in _OF_SCOPES[scope.kind]:
            yield schema(f"Field '{name}' is not supported", place)
    states = scope.fields.get("States", {})
    if not isinstance(states, dict) or (not states and "States" in scope.fields):
        yield schema("Value cannot be empty", f"{scope.location}/States")
        return
    for name, state in states.items():
        if not isinstance(state, dict):
            yield schema("Expected value of type Object", f"{scope.location}/States/{name}")
        if len(name) > _LONGEST_NAME:
            text = f"State name must have at most {_LONGEST_NAME} characters"
            yield schema(text, f"{scope.location}/States/{name}")


def of_state(state: State, machine: str) -> Iterator[Diagnostic]:
    """Yields what is wrong with the fields of a state.

    Args:
        state: The state.
        machine: The query language of its machine.
    """
    given = state.fields.get("QueryLanguage", machine)
    if given == JSONPATH and machine == JSONATA:
        text = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
        yield schema(text, state.location)
    elif given not in (JSONATA, JSONPATH):
        text = "The field 'QueryLanguage' should have one of these values: [JSONPath, JSONata]"
        yield schema(text, f"{state.location}/QueryLanguage")
    if state.kind not in _OF_STATES:
        text = f"The field 'Type' should have one of these values: [{', '.join(_OF_STATES)}]"
        yield schema(text, f"{state.location}/Type")
        return
    yield from _unknown(state)
    yield from _missing(state)


def unknown(fields: Mapping[str, Any], known: str, location: str) -> Iterator[Diagnostic]:
    """Yields the fields of a part of a state that it cannot have."""
    for name in fields:
        if name not in words(known):
            yield schema(f"Field '{name}' is not supported", location)


def _unknown(state: State) -> Iterator[Diagnostic]:
    both, *own = (words(names) for names in _OF_STATES[state.kind])
    alone = dict(zip((JSONPATH, JSONATA), own, strict=True))
    other = JSONATA if state.language == JSONPATH else JSONPATH
    for name in state.fields:
        if name in (*both, *alone[state.language], *_ALWAYS):
            continue
        if name in alone[other]:
            yield schema(_ONLY.format(state.language, name, other), state.location)
        else:
            yield schema(f"Field '{name}' is not supported", state.location)


def _missing(state: State) -> Iterator[Diagnostic]:
    fields = state.fields
    needed = _NEEDED.get(state.kind)
    if needed and needed not in fields:
        yield schema(f"These fields are required: [{needed}]", state.location)
    elif needed and not fields[needed]:
        yield schema("Value cannot be empty", f"{state.location}/{needed}")
    choices = _ONE_OF.get(state.kind, ())
    if choices and sum(name in fields for name in choices) != 1:
        yield schema(f"Exactly one field is required of [{', '.join(choices)}]", state.location)
    if state.kind not in _ENDS and ("Next" in fields) == (fields.get("End") is True):
        yield schema("Exactly one field is required of [Next, End]", state.location)
    if state.kind == "Fail":
        for name in ("Error", "Cause"):
            if name in fields and f"{name}Path" in fields:
                text = f"Only one field is allowed of [{name}, {name}Path]"
                yield schema(text, state.location)
