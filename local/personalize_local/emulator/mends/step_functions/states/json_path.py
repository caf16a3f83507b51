"""Reads values out of JSON by JSONPath, as Step Functions does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

_NAME: Final = re.compile(r"[^.\[\]'\"\s]+")
_QUOTED: Final = re.compile(r"""\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*""")
_INTEGER: Final = re.compile(r"-?\d+")
_SLICE: Final = re.compile(r"(-?\d+)?:(-?\d+)?(?::(-?\d+))?")
_FILTER: Final = re.compile(
    r"""\?\(\s*@(?P<path>[^=!<>\s)]*)\s*(?:(?P<sign>==|!=|<=|>=|<|>)\s*(?P<value>[^)]+?)\s*)?\)"""
)


class PathError(ValueError):
    """A path cannot be read."""


class Missing(LookupError):
    """A path that names one value finds none."""


class Step(NamedTuple):
    """A part of a path: what it takes, and whether of all values below or of those it is at."""

    kind: str
    value: Any
    is_deep: bool

    @property
    def is_definite(self) -> bool:
        """Whether it leads to one value at most."""
        return self.kind in ("name", "index") and not self.is_deep


def read(path: str, value: object) -> Any:  # noqa: ANN401
    """Returns what a path finds.

    Args:
        path: The path, such as `$.a[0]`.
        value: The value that `$` is.

    Returns:
        The value; a list of all of them for a path that can lead to several.

    Raises:
        PathError: The path cannot be read.
        Missing: There is no such value.
    """
    steps = parse(path)
    found = [value]
    for step in steps:
        found = [inner for one in found for inner in _taken(step, one)]
    if not all(step.is_definite for step in steps):
        return found
    if not found:
        raise Missing(path)
    return found[0]


def parse(path: str) -> list[Step]:
    """Returns the parts of a path behind its `$`."""
    steps: list[Step] = []
    position = 1
    while position < len(path):
        is_deep = path.startswith("..", position)
        position += 2 if is_deep else path.startswith(".", position)
        if path.startswith("[", position):
            end = _end_of_bracket(path, position)
            steps.append(_bracket(path[position + 1 : end], is_deep=is_deep))
            position = end + 1
        elif path.startswith("*", position):
            steps.append(Step("any", None, is_deep))
            position += 1
        elif (name := _NAME.match(path, position)) is not None:
            steps.append(Step("name", name[0], is_deep))
            position = name.end()
        else:
            raise PathError(path)
    return steps


def _end_of_bracket(path: str, start: int) -> int:
    quote = ""
    for position in range(start + 1, len(path)):
        character = path[position]
        if quote:
            quote = "" if character == quote and path[position - 1] != "\\" else quote
        elif character in "'\"":
            quote = character
        elif character == "]":
            return position
    raise PathError(path)


def _bracket(text: str, *, is_deep: bool) -> Step:
    if text.strip() == "*":
        return Step("any", None, is_deep)
    if (found := _FILTER.fullmatch(text.strip())) is not None:
        return Step("filter", found, is_deep)
    if (found := _SLICE.fullmatch(text.strip())) is not None:
        return Step(
            "slice", slice(*(None if one is None else int(one) for one in found.groups())), is_deep
        )
    names = [_QUOTED.fullmatch(part) for part in text.split(",")]
    if all(names):
        return _step("name", [_unquoted(one) for one in names if one is not None], is_deep=is_deep)
    numbers = [part.strip() for part in text.split(",")]
    if all(_INTEGER.fullmatch(one) for one in numbers):
        return _step("index", [int(one) for one in numbers], is_deep=is_deep)
    raise PathError(text)


def _step(kind: str, values: Sequence[object], *, is_deep: bool) -> Step:
    if len(values) == 1:
        return Step(kind, values[0], is_deep)
    return Step("names" if kind == "name" else "indexes", values, is_deep)


def _unquoted(found: re.Match[str]) -> str:
    return re.sub(r"\\(.)", r"\1", found[1] if found[1] is not None else found[2])


def _taken(step: Step, value: Any) -> Iterator[Any]:  # noqa: ANN401
    for one in _all_below(value) if step.is_deep else [value]:
        yield from _of_one(step, one)


def _all_below(value: Any) -> Iterator[Any]:  # noqa: ANN401
    yield value
    for inner in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from _all_below(inner)


def _of_one(step: Step, value: Any) -> Iterator[Any]:  # noqa: ANN401
    kind = step.kind
    if isinstance(value, dict) and kind in ("name", "names"):
        names = [step.value] if kind == "name" else step.value
        yield from (value[name] for name in names if name in value)
    elif kind == "any":
        yield from (
            value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        )
    elif isinstance(value, list):
        if kind == "slice":
            yield from value[step.value]
        elif kind in ("index", "indexes"):
            indexes = [step.value] if kind == "index" else step.value
            yield from (value[index] for index in indexes if -len(value) <= index < len(value))
        elif kind == "filter":
            yield from (one for one in value if _passes(step.value, one))


def _passes(found: re.Match[str], value: Any) -> bool:  # noqa: ANN401
    try:
        actual = read(f"${found['path']}", value)
    except Missing:
        return False
    if found["sign"] is None:
        return True
    text = found["value"]
    expected: Any = _literal(text)
    if found["sign"] in ("==", "!="):
        return bool((actual == expected) is (found["sign"] == "=="))
    if type(actual) is not type(expected) and not all(
        isinstance(one, (int, float)) for one in (actual, expected)
    ):
        return False
    compared = {"<": actual < expected, ">": actual > expected}
    compared.update({"<=": actual <= expected, ">=": actual >= expected})
    return bool(compared[found["sign"]])


def _literal(text: str) -> Any:  # noqa: ANN401
    quoted = _QUOTED.fullmatch(text)
    if quoted is not None:
        return _unquoted(quoted)
    if text in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[text]
    try:
        return float(text) if "." in text else int(text)
    except ValueError as error:
        raise PathError(text) from error
