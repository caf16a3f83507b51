"""Whether the JSONata of a definition can be evaluated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from personalize_local.emulator.mends.step_functions.definitions.walk import (
    Diagnostic,
    State,
    words,
)

_INVALID: Final = "INVALID_JSONATA_EXPRESSION"
_UNSUPPORTED: Final = "UNSUPPORTED_JSONATA_EXPRESSION"
_PLAIN: Final = words(
    "Arguments Assign Cause Choices Credentials Error HeartbeatSeconds ItemBatcher ItemSelector "
    "Items MaxConcurrency Output Seconds TimeoutSeconds Timestamp ToleratedFailureCount "
    "ToleratedFailurePercentage"
)
_INNER: Final = {
    "ItemReader": ("Arguments", "ReaderConfig"),
    "ResultWriter": ("Arguments",),
}
# What a node of a syntax tree evaluates in the context that it stands in itself, and not in that
# of an item; the body of a function stays out, as it can be called anywhere.
_SAME_CONTEXT: Final = ("lhs", "rhs", "expression", "expressions", "arguments", "condition")
_SAME_TOO: Final = ("then", "else", "_else")


def of_state(state: State) -> Iterator[Diagnostic]:
    """Yields what is wrong with the expressions of a state in JSONata."""
    for name, value in state.fields.items():
        place = f"{state.location}/{name}"
        if name in _PLAIN:
            yield from _of_template(value, place, is_caught=False)
        elif name in _INNER and isinstance(value, dict):
            for inner in _INNER[name]:
                yield from _of_template(value.get(inner), f"{place}/{inner}", is_caught=False)
        elif name == "Catch" and isinstance(value, list):
            yield from _of_template(value, place, is_caught=True)


def is_expression(value: object) -> bool:
    """Whether a value of a definition is JSONata."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")


def _of_template(value: object, place: str, *, is_caught: bool) -> Iterator[Diagnostic]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _of_template(inner, f"{place}/{name}", is_caught=is_caught)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _of_template(inner, f"{place}[{index}]", is_caught=is_caught)
    elif isinstance(value, str) and is_expression(value):
        yield from _of_expression(value[2:-2].strip(), place, is_caught=is_caught)


def _of_expression(expression: str, place: str, *, is_caught: bool) -> Iterator[Diagnostic]:
    # Here and not above: most processes of the local AWS never see a definition.
    import jsonata

    try:
        tree = jsonata.Jsonata.jsonata(expression).ast
    except RecursionError:
        yield Diagnostic(_INVALID, "The expression is nested too deeply", place)
        return
    except Exception as error:
        # The parser raises errors of Python's own too.
        yield Diagnostic(_INVALID, str(error), place)
        return
    seen: set[str] = set()
    for message in (*_outer_references(tree), *_forbidden(tree, is_caught=is_caught)):
        if message not in seen:
            seen.add(message)
            yield Diagnostic(_UNSUPPORTED, message, place)


def _outer_references(node: Any) -> Iterator[str]:  # noqa: ANN401 - the parser has no types
    """Yields the names that would be looked up in the document, which there is none of."""
    kind = getattr(node, "type", None)
    if kind == "path":
        first = node.steps[0]
        if first.type == "name":
            yield _at_the_top(first.value)
        else:
            yield from _outer_references(first)
        return
    if kind in ("wildcard", "descendant") or (kind == "variable" and node.value == ""):
        yield _at_the_top({"wildcard": "*", "descendant": "**"}.get(kind, "$"))
        return
    if kind in ("lambda", "transform"):
        return
    for child in _children(node, (*_SAME_CONTEXT, *_SAME_TOO, "lhs_object")):
        yield from _outer_references(child)


def _at_the_top(name: object) -> str:
    return f"Reference to '{name}' at the top level is not supported."


def _forbidden(tree: Any, *, is_caught: bool) -> Iterator[str]:  # noqa: ANN401
    for node in _nodes(tree):
        kind = getattr(node, "type", None)
        if kind == "variable" and node.value == "$":
            yield "Reference to '$$' is not supported."
        elif kind == "path" and not is_caught and len(node.steps) > 1:
            first, second = node.steps[:2]
            if (first.type, first.value, second.value) == ("variable", "states", "errorOutput"):
                yield "Reference to '$states.errorOutput' is not supported in this field."


def _nodes(node: Any) -> Iterator[Any]:  # noqa: ANN401
    waiting, seen = [node], set()
    while waiting:
        one = waiting.pop()
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += _children(one, None)


def _children(node: Any, names: tuple[str, ...] | None) -> list[Any]:  # noqa: ANN401
    """Returns the nodes right below one, of all or of some of its fields."""
    if not hasattr(node, "__dict__"):
        return []
    found: Mapping[str, Any] = vars(node)
    chosen = found.values() if names is None else [found.get(name) for name in names]
    children: list[Any] = []
    waiting = list(chosen)
    while waiting:
        value = waiting.pop()
        if isinstance(value, (list, tuple)):
            waiting += value
        elif isinstance(getattr(value, "type", None), str):
            children.append(value)
    return children
