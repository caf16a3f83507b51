"""A filter: its expression, checked against the data sets that it filters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from personalize_local import limits
from personalize_local.catalog.facts import INTERACTIONS, ITEMS, USERS, FieldKind
from personalize_local.catalog.filters.expressions import (
    ANY_EVENT,
    CURRENT_ITEM,
    CURRENT_USER,
    EVENT_TYPE,
    Condition,
    Expression,
    ExpressionError,
    Field,
    Placeholder,
    fields_of,
)

# A value list as the records write it: "\"Comedy\",\"Drama\"".
_QUOTED: Final = r'"[^"]*"'
_VALUES: Final = re.compile(rf"\s*{_QUOTED}(\s*,\s*{_QUOTED})*\s*")
_SETS_OF: Final = {"ITEMID": (ITEMS, INTERACTIONS), "USERID": (USERS, INTERACTIONS)}
_SPELT: Final = {INTERACTIONS: "Interactions", ITEMS: "Items", USERS: "Users"}

# The fields of each data set, by name.
Fields = Mapping[str, Mapping[str, FieldKind]]


class RecordError(ValueError):
    """A record that cannot be answered; the text goes into the record's `error`."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter.

    Attributes:
        name: The name, the last part of the ARN.
        expression: The filter expression, as it was given.
        expressions: What stands between its pipes.
    """

    name: str
    expression: str
    expressions: tuple[Expression, ...]

    @property
    def of_users(self) -> bool:
        """Whether it chooses users, for user segments, and not items."""
        return self.expressions[0].subject == "USERID"

    @property
    def keeps_unknown(self) -> bool:
        """Whether it keeps items of which nothing is known: what only excludes does."""
        return all(one.action == "EXCLUDE" for one in self.expressions)

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The placeholders of the expression, without `$`."""
        names = (name for one in self.expressions for name in one.placeholders())
        return tuple(dict.fromkeys(names))

    @property
    def required(self) -> tuple[str, ...]:
        """The placeholders for which every record needs values.

        Source: the API reference of filterValues: those of a part with EXCLUDE may be left out.
        """
        names = (
            name
            for one in self.expressions
            if one.action == "INCLUDE"
            for name in one.placeholders()
        )
        return tuple(dict.fromkeys(names))

    def values(self, given: object) -> dict[str, list[str]]:
        """Reads the `filterValues` of a record.

        Args:
            given: The value of `filterValues`; None when the record has none. Keys that the
                expression does not name are ignored.

        Returns:
            The values of each placeholder that the record gives.

        Raises:
            RecordError: A value is missing or not written as quoted values.
        """
        if given is None:
            given = {}
        if not isinstance(given, Mapping):
            raise RecordError("filterValues must be an object of placeholder names and values")
        missing = [name for name in self.required if name not in given]
        if missing:
            raise RecordError(
                f"The filter {self.name} needs filterValues for {', '.join(missing)}, for example "
                f'{{"{missing[0]}": "\\"Comedy\\",\\"Drama\\""}}'
            )
        return {name: _values(name, given[name]) for name in self.placeholders if name in given}


def _values(name: str, given: object) -> list[str]:
    if not isinstance(given, str) or not _VALUES.fullmatch(given):
        raise RecordError(
            f"filterValues.{name} must be one string in which every value stands in escaped "
            f'quotes, such as "\\"Comedy\\",\\"Drama\\"", and is {given!r}'
        )
    return [value.strip('"') for value in re.findall(_QUOTED, given)]


def read(name: str, expression: str) -> Filter:
    """Reads a filter.

    Args:
        name: Its name.
        expression: Its expression.

    Raises:
        ExpressionError: The expression is not of the documented form, or joins what it may not.
    """
    # Here, so that only who uses a filter waits for the parser.
    from personalize_local.catalog.filters.grammar import parse_filter

    found = Filter(name, expression, parse_filter(expression))
    for problem in _problems(found.expressions):
        raise ExpressionError(problem)
    return found


def check_fields(found: Filter, fields: Fields) -> None:
    """Checks that a filter names fields that there are, and that can be filtered by.

    Args:
        found: The filter.
        fields: The fields of each data set of the group.

    Raises:
        ExpressionError: A field is unknown or of a kind that no filter takes.
    """
    for field in sorted(fields_of(found.expressions), key=lambda one: (one.dataset, one.name)):
        known = {name.upper(): kind for name, kind in fields.get(field.dataset, {}).items()}
        spelt = f"{_SPELT[field.dataset]}.{field.name}"
        if field.name not in known:
            there = ", ".join(sorted(known)) or "no such data set in the group"
            raise ExpressionError(f"there is no field {spelt}; there is {there}")
        if known[field.name] in (FieldKind.TEXTUAL, FieldKind.BOOLEAN):
            raise ExpressionError(
                f"{spelt} is {known[field.name].value}; a filter takes categorical fields and "
                "numbers"
            )


def _problems(expressions: tuple[Expression, ...]) -> Iterator[str]:
    subjects = {one.subject for one in expressions}
    if "ACTIONID" in subjects:
        yield "there are no actions on the local Amazon Personalize: filter by ItemID or UserID"
    if len(subjects) > 1:
        yield "one expression chooses items and another one users; a filter chooses either"
    for one in expressions:
        yield from _problems_of(one)
    count = len(fields_of(expressions))
    if count > limits.FILTER_FIELDS:
        yield f"it names {count} fields; the most of one filter is {limits.FILTER_FIELDS}"


def _problems_of(one: Expression) -> Iterator[str]:
    sets = {condition.field.dataset for way in one.alternatives for condition in way}
    allowed = _SETS_OF.get(one.subject, ())
    for dataset in sorted(sets - set(allowed)):
        yield (
            f"{dataset} cannot stand after WHERE for {one.subject}; "
            f"{' and '.join(_SPELT[name] for name in allowed)} can"
        )
    if len(sets) > 1:
        yield "conditions on two data sets are joined; chain two expressions with | instead"
    for condition in one.only_if:
        if condition.field.dataset != CURRENT_USER:
            yield f"{condition.field.dataset} cannot stand after IF; CurrentUser can"
    for condition in one.conditions():
        yield from _problems_with(condition)


def _problems_with(condition: Condition) -> Iterator[str]:
    operands = condition.operands
    if condition.operator == "NOT IN" and any(isinstance(one, Placeholder) for one in operands):
        yield "NOT IN takes no placeholder; write IN, and EXCLUDE for INCLUDE or the reverse"
    for one in operands:
        if isinstance(one, Field) and one.dataset != CURRENT_ITEM:
            yield f"{one.dataset}.{one.name} cannot be compared with; CurrentItem fields can"
    if condition.field.dataset == INTERACTIONS:
        if condition.field.name != EVENT_TYPE:
            yield "interactions can be filtered by EVENT_TYPE only"
        if condition.operator not in ("IN", "NOT IN"):
            yield "EVENT_TYPE takes IN and NOT IN only"
    elif ANY_EVENT in operands:
        yield "* stands for all event types, and can stand for nothing else"
    elif condition.operator in ("<", "<=", ">", ">=") and isinstance(operands[0], str):
        yield f'{condition.operator} compares numbers, and "{operands[0]}" is none'
