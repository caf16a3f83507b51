"""The parts of a definition of a state machine, and what can be wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

JSONATA: Final = "JSONata"
JSONPATH: Final = "JSONPath"
ROOT: Final = "machine"
BRANCH: Final = "branch"
PROCESSOR: Final = "processor"


class Diagnostic(NamedTuple):
    """One reason why a definition is refused, as ValidateStateMachineDefinition answers it."""

    code: str
    message: str
    location: str | None

    @property
    def text(self) -> str:
        """What CreateStateMachine says of it."""
        return f"{self.code}: {self.message} at {self.location or 'null'}"


class Scope(NamedTuple):
    """States that lead to each other: those of the machine, of a branch or of a Map."""

    fields: Mapping[str, Any]
    location: str
    kind: str

    @property
    def states(self) -> dict[str, Mapping[str, Any]]:
        """The states by name, without what is no object."""
        given = self.fields.get("States")
        return {
            name: state
            for name, state in (given.items() if isinstance(given, dict) else ())
            if isinstance(state, dict)
        }


class State(NamedTuple):
    """A state of a definition."""

    name: str
    fields: Mapping[str, Any]
    location: str
    language: str

    @property
    def kind(self) -> str:
        """The Type of the state; empty when it has none."""
        return str(self.fields.get("Type", ""))


def words(text: str) -> tuple[str, ...]:
    """Returns the names in a text."""
    return tuple(text.split())


def schema(message: str, location: str) -> Diagnostic:
    """Returns the diagnostic of most rules."""
    return Diagnostic("SCHEMA_VALIDATION_FAILED", message, location)


def scopes(definition: Mapping[str, Any]) -> Iterator[Scope]:
    """Yields the machine and, in the order of their states, all branches and Maps in it."""
    yield from _scopes(Scope(definition, "", ROOT))


def states(scope: Scope, language: str) -> Iterator[State]:
    """Yields the states of a scope, without those of the scopes in it.

    Args:
        scope: The scope.
        language: The query language of the machine, which a state alone can change for itself.
    """
    for name, fields in scope.states.items():
        own = fields.get("QueryLanguage", language)
        location = f"{scope.location}/States/{name}"
        yield State(name, fields, location, JSONPATH if own == JSONPATH else JSONATA)


def language_of(definition: Mapping[str, Any]) -> str:
    """Returns the query language of a machine."""
    return str(definition.get("QueryLanguage", JSONPATH))


def _scopes(scope: Scope) -> Iterator[Scope]:
    yield scope
    for name, state in scope.states.items():
        location = f"{scope.location}/States/{name}"
        branches = state.get("Branches")
        for index, branch in enumerate(branches if isinstance(branches, list) else ()):
            if isinstance(branch, dict):
                yield from _scopes(Scope(branch, f"{location}/Branches[{index}]", BRANCH))
        for field in ("ItemProcessor", "Iterator"):
            if isinstance(state.get(field), dict):
                yield from _scopes(Scope(state[field], f"{location}/{field}", PROCESSOR))
