"""What is wrong with the definition of a state machine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from personalize_local.emulator.mends.step_functions.definitions import (
    expressions,
    fields,
    paths,
    resources,
    rules,
    transitions,
)
from personalize_local.emulator.mends.step_functions.definitions.walk import (
    JSONATA,
    Diagnostic,
    language_of,
    scopes,
    states,
)

STANDARD: Final = "STANDARD"


def diagnostics(text: object, machine_type: str = STANDARD) -> list[Diagnostic]:
    """Returns all reasons why a definition is refused.

    Args:
        text: The definition.
        machine_type: STANDARD or EXPRESS.
    """
    try:
        definition = json.loads(text) if isinstance(text, str) and text.strip() else None
    except ValueError as error:
        return [Diagnostic("INVALID_JSON_DESCRIPTION", str(error), None)]
    if not isinstance(definition, dict):
        text = "Definition must be a valid JSON object"
        return [Diagnostic("SCHEMA_VALIDATION_FAILED", text, None)]
    return list(_diagnostics(definition, machine_type))


def _diagnostics(definition: Mapping[str, Any], machine_type: str) -> Iterator[Diagnostic]:
    machine = language_of(definition)
    names: set[str] = set()
    for scope in scopes(definition):
        yield from fields.of_scope(scope)
        for state in states(scope, machine):
            if state.name in names:
                text = f"Duplicate State name: {state.name}"
                yield Diagnostic("DUPLICATE_STATE_NAME", text, state.location)
            names.add(state.name)
            yield from fields.of_state(state, machine)
            yield from rules.of_state(state)
            yield from resources.of_state(state, machine_type)
            own = expressions if state.language == JSONATA else paths
            yield from own.of_state(state)
        yield from transitions.of_scope(scope)
