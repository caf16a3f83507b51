"""Schemas of data sets: Avro, as Amazon Personalize admits it.

Source: "Creating schema JSON files" and "Custom datasets and schemas" in the developer guide, which
say what a schema needs; the words of the errors are this project's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from personalize_local import limits
from personalize_local.catalog.facts import INTERACTIONS, ITEMS, USERS, FieldKind

_TYPES: Final = ("string", "float", "double", "int", "long", "boolean")
_NULL: Final = "null"
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBERS: Final = frozenset({"float", "double", "int", "long"})

# What the API calls data sets that are only for real-time recommendations of actions.
ACTIONS: Final = ("ACTIONS", "ACTION_INTERACTIONS")

# Fields that must be there, and fields whose types are given, with their types.
_REQUIRED: Final[Mapping[str, Mapping[str, str]]] = {
    INTERACTIONS: {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"},
    ITEMS: {"ITEM_ID": "string"},
    USERS: {"USER_ID": "string"},
}
# Fields that need not be there, with their type and whether it may be null.
_RESERVED: Final[Mapping[str, Mapping[str, tuple[str, bool]]]] = {
    INTERACTIONS: {
        "EVENT_TYPE": ("string", False),
        "EVENT_VALUE": ("float", True),
        "IMPRESSION": ("string", True),
        "RECOMMENDATION_ID": ("string", True),
        "EVENT_ATTRIBUTION_SOURCE": ("string", True),
    },
    ITEMS: {"CREATION_TIMESTAMP": ("long", False)},
    USERS: {},
}
_MOST_METADATA: Final = {
    INTERACTIONS: limits.INTERACTION_FIELDS,
    ITEMS: limits.ITEM_FIELDS,
    USERS: limits.USER_FIELDS,
}


class SchemaError(ValueError):
    """A schema that Amazon Personalize would not take; the text says why."""


@dataclass(frozen=True, slots=True)
class SchemaField:
    """A field of a schema.

    Attributes:
        name: Its name.
        type: `string`, `float`, `double`, `int`, `long` or `boolean`.
        nullable: Whether it may be empty.
        categorical: Whether its text is one value of several.
        textual: Whether its text is prose.
    """

    name: str
    type: str
    nullable: bool = False
    categorical: bool = False
    textual: bool = False

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers."""
        return self.type in _NUMBERS

    @property
    def kind(self) -> FieldKind:
        """What it holds, as far as filters care."""
        if self.is_number:
            return FieldKind.NUMBER
        if self.type == "boolean":
            return FieldKind.BOOLEAN
        if self.textual:
            return FieldKind.TEXTUAL
        return FieldKind.CATEGORICAL if self.categorical else FieldKind.TEXT


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema.

    Attributes:
        dataset: The type of data set that it is for: `INTERACTIONS`, `ITEMS` or `USERS`.
        fields: Its fields, in their order.
    """

    dataset: str
    fields: tuple[SchemaField, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields."""
        return tuple(field.name for field in self.fields)

    @property
    def kinds(self) -> dict[str, FieldKind]:
        """What the fields hold, by name."""
        return {field.name: field.kind for field in self.fields}


def parse(text: str) -> Schema:
    """Reads a schema.

    Args:
        text: The Avro schema, as JSON.

    Raises:
        SchemaError: It is not one that Amazon Personalize takes.
    """
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SchemaError(f"it is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise SchemaError(f"it must be a JSON object, and is {_shown(given)}")
    if given.get("type") != "record":
        raise SchemaError(f'its type must be "record", and is {_shown(given.get("type"))}')
    dataset = _dataset(given.get("name"))
    fields = given.get("fields")
    if not isinstance(fields, list) or not fields:
        raise SchemaError(f"its fields must be a list of at least one, and are {_shown(fields)}")
    schema = Schema(dataset, tuple(_field(field) for field in fields))
    for problem in _problems(schema):
        raise SchemaError(problem)
    return schema


def _dataset(name: Any) -> str:  # noqa: ANN401 - a value of JSON
    known = {one.replace("_", ""): one for one in (*_REQUIRED, *ACTIONS)}
    found = known.get(str(name).upper().replace("_", ""))
    if found is None:
        raise SchemaError(
            f"its name must be Interactions, Items or Users, the type of its data set, and is "
            f"{_shown(name)}"
        )
    if found in ACTIONS:
        raise SchemaError(
            f"it is for {found}, which no batch job uses and the local Amazon Personalize lacks"
        )
    return found


def _field(given: Any) -> SchemaField:  # noqa: ANN401 - a value of JSON
    if not isinstance(given, dict):
        raise SchemaError(f"each field must be an object with name and type, not {_shown(given)}")
    name = given.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise SchemaError(
            f"the name of a field must be letters, digits and _, and is {_shown(name)}"
        )
    types = given.get("type")
    listed = types if isinstance(types, list) else [types]
    found = [one for one in listed if one != _NULL]
    if len(found) != 1 or found[0] not in _TYPES or len(set(map(str, listed))) != len(listed):
        raise SchemaError(
            f"the type of {name} must be one of {', '.join(_TYPES)}, perhaps in a list with null, "
            f"and is {_shown(types)}"
        )
    for flag in ("categorical", "textual"):
        if not isinstance(given.get(flag, False), bool):
            raise SchemaError(f"{flag} of {name} must be true or false, not {_shown(given[flag])}")
    return SchemaField(
        name,
        str(found[0]),
        nullable=_NULL in listed,
        categorical=bool(given.get("categorical")),
        textual=bool(given.get("textual")),
    )


def _problems(schema: Schema) -> Iterator[str]:
    dataset, fields = schema.dataset, {field.name: field for field in schema.fields}
    # Source: the guide's example of two names that differ by an underscore only.
    plain: dict[str, str] = {}
    for name in schema.names:
        other = plain.setdefault(name.replace("_", "").upper(), name)
        if other is not name or schema.names.count(name) > 1:
            yield f"the fields {other} and {name} have one name: names must differ in letters"
    required, reserved = _REQUIRED[dataset], _RESERVED[dataset]
    for name, kind in required.items():
        if name not in fields:
            yield f"a schema of {dataset} needs the field {name} of type {kind}"
        else:
            yield from _typed(fields[name], kind, may_be_null=False)
    for name, (kind, may_be_null) in reserved.items():
        if name in fields:
            yield from _typed(fields[name], kind, may_be_null=may_be_null)
    own = [one for one in schema.fields if one.name not in required and one.name not in reserved]
    yield from _metadata_problems(dataset, own)


def _typed(field: SchemaField, kind: str, *, may_be_null: bool) -> Iterator[str]:
    if field.type != kind:
        yield f"{field.name} must be of type {kind}, and is {field.type}"
    if field.nullable and not may_be_null:
        yield f"{field.name} must not be null: its type must be {kind} alone"
    if field.categorical or field.textual:
        yield f"{field.name} is a field of Amazon Personalize's own, not categorical or textual"


def _metadata_problems(dataset: str, own: list[SchemaField]) -> Iterator[str]:
    if dataset != INTERACTIONS and not own:
        yield f"a schema of {dataset} needs at least one field of metadata beside the id"
    most = _MOST_METADATA[dataset]
    if len(own) > most:
        yield f"a schema of {dataset} has at most {most} fields of metadata, and this {len(own)}"
    textual = [field.name for field in own if field.textual]
    if textual and dataset != ITEMS:
        yield f"{textual[0]} is textual, which only fields of ITEMS can be"
    if len(textual) > limits.TEXTUAL_FIELDS:
        yield f"at most {limits.TEXTUAL_FIELDS} field can be textual: {', '.join(textual)} are"
    for field in own:
        if (field.categorical or field.textual) and field.type != "string":
            yield f"{field.name} is categorical or textual, so its type must be string"
        if field.categorical and field.textual:
            yield f"{field.name} is categorical and textual; it can be one of them"


def _shown(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 80 else text[:79] + "…"
