"""Strict validation of values against the botocore model of Amazon Personalize.

botocore itself checks only types, required members and minimums. The service checks all that the
model says, so this module does too: patterns, enumerations, and every minimum and maximum.
Unknown members are refused as well: the service may ignore them, but here they are misspellings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

import botocore.session

from personalize_local.api.patterns import matches
from personalize_local.errors import ApiError, invalid_input

_SHOWN: Final = 256
_INT32: Final = 2**31
# Shapes are Any: botocore makes the classes' attributes at run time.
_Shape = Any


@cache
def service_model() -> Any:  # noqa: ANN401
    """Returns botocore's ServiceModel of Amazon Personalize."""
    return botocore.session.get_session().get_service_model("personalize")


def validate(operation: str, parameters: Mapping[str, object]) -> None:
    """Checks the parameters of a request.

    Args:
        operation: The operation, such as `CreateBatchInferenceJob`.
        parameters: The request as JSON values.

    Raises:
        ApiError: InvalidInputException that names every problem.
    """
    shape = service_model().operation_model(operation).input_shape
    error = validation_error(problems(shape, parameters))
    if error is not None:
        raise error


def validation_error(found: Sequence[str]) -> ApiError | None:
    """Returns the answer to a request with problems, in the service's wording.

    Args:
        found: The problems; none means that the request is right.
    """
    if not found:
        return None
    noun = "error" if len(found) == 1 else "errors"
    return invalid_input(f"{len(found)} validation {noun} detected: " + "; ".join(found))


def problems(shape: _Shape, value: object) -> list[str]:
    """Returns everything in a value that its shape does not allow.

    Args:
        shape: A botocore shape.
        value: JSON values: dict, list, str, int, float, bool.
    """
    return list(_walk(shape, value, ""))


def _walk(shape: _Shape, value: object, path: str) -> Iterator[str]:
    kind = shape.type_name
    if kind == "structure":
        yield from _structure(shape, value, path)
    elif kind == "list":
        yield from _list(shape, value, path)
    elif kind == "map":
        yield from _map(shape, value, path)
    else:
        prefix = _at(shape, value, path)
        yield from (prefix + broken for broken in _scalar(shape, value))


def _structure(shape: _Shape, value: object, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield _at(shape, value, path) + "Member must be a structure"
        return
    for name in shape.required_members:
        if value.get(name) is None:
            where = _join(path, name)
            yield f"Value null at '{where}' failed to satisfy constraint: Member must not be null"
    for name, member in value.items():
        if name not in shape.members:
            known = ", ".join(sorted(shape.members))
            yield (
                f"Value at '{_join(path, str(name))}' failed to satisfy constraint: "
                f"Member must be one of [{known}]"
            )
        elif member is not None:  # null means absent in AWS's JSON protocol
            yield from _walk(shape.members[name], member, _join(path, name))


def _list(shape: _Shape, value: object, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield _at(shape, value, path) + "Member must be a list"
        return
    yield from (_at(shape, value, path) + broken for broken in _length(shape, len(value)))
    for number, member in enumerate(value, start=1):
        where = f"{path}.{number}.member"
        if member is None:
            yield f"Value null at '{where}' failed to satisfy constraint: Member must not be null"
        else:
            yield from _walk(shape.member, member, where)


def _map(shape: _Shape, value: object, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield _at(shape, value, path) + "Member must be a map"
        return
    prefix = _at(shape, value, path)
    yield from (prefix + broken for broken in _length(shape, len(value)))
    for key, member in value.items():
        for broken in _scalar(shape.key, key):
            yield f"{prefix}Map keys must satisfy constraint: [{broken}]"
        for broken in _scalar(shape.value, member):
            where = _at(shape.value, member, _join(path, str(key)))
            yield f"{where}Map value must satisfy constraint: [{broken}]"


def _scalar(shape: _Shape, value: object) -> Iterator[str]:
    kind = shape.type_name
    if kind == "string":
        yield from _string(shape, value)
    elif kind == "boolean":
        if not isinstance(value, bool):
            yield "Member must be a boolean"
    elif kind in ("integer", "long"):
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or (kind == "integer" and not -_INT32 <= _number(value) < _INT32):
            yield "Member must be an integer"
        else:
            yield from _range(shape, _number(value))
    elif kind in ("double", "float", "timestamp"):
        if not isinstance(value, int | float) or isinstance(value, bool):
            yield "Member must be a number"
        else:
            yield from _range(shape, value)
    else:
        raise TypeError(f"shape {shape.name} has the type {kind}, which Personalize never used")


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _string(shape: _Shape, value: object) -> Iterator[str]:
    if not isinstance(value, str):
        yield "Member must be a string"
        return
    yield from _length(shape, len(value))
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        yield f"Member must satisfy enum value set: [{', '.join(allowed)}]"
    pattern = shape.metadata.get("pattern")
    if pattern and not matches(pattern, value):
        yield f"Member must satisfy regular expression pattern: {pattern}"


def _length(shape: _Shape, length: int) -> Iterator[str]:
    if length < shape.metadata.get("min", 0):
        yield f"Member must have length greater than or equal to {shape.metadata['min']}"
    if length > shape.metadata.get("max", length):
        yield f"Member must have length less than or equal to {shape.metadata['max']}"


def _range(shape: _Shape, value: float) -> Iterator[str]:
    # Written as "not inside", so that NaN is refused.
    if "min" in shape.metadata and not value >= shape.metadata["min"]:
        yield f"Member must have value greater than or equal to {shape.metadata['min']}"
    if "max" in shape.metadata and not value <= shape.metadata["max"]:
        yield f"Member must have value less than or equal to {shape.metadata['max']}"


def _at(shape: _Shape, value: object, path: str) -> str:
    """Returns the beginning of a problem; the value stays out where the model says sensitive."""
    if shape.metadata.get("sensitive"):
        return f"Value at '{path}' failed to satisfy constraint: "
    text = str(value)
    shown = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return f"Value '{shown}' at '{path}' failed to satisfy constraint: "


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
