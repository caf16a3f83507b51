"""Whether the states of a definition lead somewhere, and something leads to each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from personalize_local.emulator.mends.step_functions.definitions.walk import (
    ROOT,
    Diagnostic,
    Scope,
)

_TARGET: Final = "MISSING_TRANSITION_TARGET"
_ENDS: Final = ("Fail", "Succeed")


def of_scope(scope: Scope) -> Iterator[Diagnostic]:
    """Yields the targets that are not there, and the states that nothing leads to."""
    states = scope.states
    if not states or "StartAt" not in scope.fields:
        return
    start = scope.fields["StartAt"]
    if start not in states:
        text = f"Missing 'Next' target: {start}"
        yield Diagnostic(_TARGET, text, f"{scope.location}/StartAt")
    for name, state in states.items():
        for target, field in _targets(state):
            if target not in states:
                place = f"{scope.location}/States/{name}/{field}"
                yield Diagnostic(_TARGET, f"Missing 'Next' target: {target}", place)
    reached = _reached(start, states)
    for name in states:
        if name not in reached:
            text = f'State "{name}" is not reachable.'
            yield Diagnostic(_TARGET, text, f"{scope.location}/States/{name}")
    if scope.kind == ROOT and not any(
        state.get("End") is True or state.get("Type") in _ENDS for state in states.values()
    ):
        yield Diagnostic("MISSING_END_STATE", "Workflow has no terminal state", None)


def _reached(start: object, states: Mapping[str, Mapping[str, Any]]) -> set[object]:
    reached: set[object] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in reached or name not in states:
            continue
        reached.add(name)
        waiting += [target for target, _ in _targets(states[str(name)])]
    return reached


def _targets(state: Mapping[str, Any]) -> Iterator[tuple[object, str]]:
    for field in ("Next", "Default"):
        if field in state:
            yield state[field], field
    for field in ("Choices", "Catch"):
        rules = state.get(field)
        for index, rule in enumerate(rules if isinstance(rules, list) else ()):
            if isinstance(rule, dict) and "Next" in rule:
                yield rule["Next"], f"{field}[{index}]/Next"
