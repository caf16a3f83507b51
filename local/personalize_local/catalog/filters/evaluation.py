"""Evaluates filter expressions over all items, or all users, of a model at once."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from personalize_local import limits
from personalize_local.catalog.facts import INTERACTIONS, ITEMS, USERS, Facts, Value
from personalize_local.catalog.filters.expressions import (
    ANY_EVENT,
    Condition,
    Conjunction,
    Expression,
    Field,
    Operand,
    Operator,
    Placeholder,
)

Kept = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]
# What a record gives for the placeholders.
Given = Mapping[str, Sequence[str]]

_SEPARATOR: Final = "|"
_COMPARISONS: Final[Mapping[str, Callable[[Numbers, float], Kept]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Column:
    """One field of all items or users, those of a model in their order."""

    def __init__(self, names: Sequence[str], values: Mapping[str, Value]) -> None:
        """Keeps the values.

        Args:
            names: The ids.
            values: The values by id.
        """
        self._size = len(names)
        self._values = [values.get(name) for name in names]

    @cached_property
    def _places(self) -> dict[str, npt.NDArray[np.intp]]:
        found: dict[str, list[int]] = {}
        for place, value in enumerate(self._values):
            for part in parts_of(value):
                found.setdefault(part, []).append(place)
        return {part: np.asarray(places, dtype=np.intp) for part, places in found.items()}

    @cached_property
    def _numbers(self) -> npt.NDArray[np.float64]:
        # NaN is neither less, nor more, nor equal: a null passes no comparison.
        return np.asarray(
            [value if isinstance(value, float) else np.nan for value in self._values],
            dtype=np.float64,
        )

    def among(self, wanted: Sequence[str]) -> Kept:
        """Tells which have at least one of some values."""
        kept = np.zeros(self._size, dtype=np.bool_)
        for one in wanted:
            if one in self._places:
                kept[self._places[one]] = True
        return kept

    def compared(self, symbol: str, number: float) -> Kept:
        """Tells which are less than a number, or otherwise compare with it."""
        return _COMPARISONS[symbol](self._numbers, number)

    def equal(self, number: float) -> Kept:
        """Tells which have a number."""
        kept: Kept = self._numbers == number
        return kept


def parts_of(value: Value | None) -> list[str]:
    """Returns the values of a categorical field, which holds several with `|` between them."""
    if value is None:
        return []
    return value.split(_SEPARATOR) if isinstance(value, str) else [_written(value)]


class Choice:
    """What a filter keeps of the items and users of a model."""

    def __init__(
        self,
        expressions: Sequence[Expression],
        facts: Facts,
        *,
        items: Sequence[str],
        users: Sequence[str],
    ) -> None:
        """Prepares it; fields are read when a condition asks for them.

        Args:
            expressions: The filter.
            facts: What is known of items and users now.
            items: The items that the model knows.
            users: The users that the model knows.
        """
        self._expressions = expressions
        self._facts = facts
        self._names = {ITEMS: items, USERS: users}
        self._columns: dict[Field, Column] = {}
        self._values: dict[Field, Mapping[str, Value]] = {}

    def items(self, given: Given, *, user: str = "", item: str = "") -> Kept:
        """Tells which items stay.

        Args:
            given: What the record gives for the placeholders.
            user: The user of the record, if it has one.
            item: The item of the record, if it has one.
        """
        return self._kept(ITEMS, given, user, item)

    def users(self, given: Given) -> Kept:
        """Tells which users stay.

        Args:
            given: What the record gives for the placeholders.
        """
        return self._kept(USERS, given, "", "")

    def items_with(self, conditions: Conjunction) -> Kept:
        """Tells which items meet conditions that stand in no filter.

        Args:
            conditions: Conditions on items.
        """
        return self._meet(ITEMS, (conditions,), {}, "", "")

    def _kept(self, of: str, given: Given, user: str, item: str) -> Kept:
        size = len(self._names[of])
        included: Kept | None = None
        excluded = np.zeros(size, dtype=np.bool_)
        for one in self._expressions:
            if one.action == "EXCLUDE" and not set(one.placeholders()) <= set(given):
                # Source: the API reference of filterValues: this part is then not used.
                continue
            if not all(self._holds(condition, given, user) for condition in one.only_if):
                continue
            found = self._meet(of, one.alternatives, given, user, item)
            if one.action == "EXCLUDE":
                excluded |= found
            else:
                included = found if included is None else included | found
        return ~excluded if included is None else included & ~excluded

    def _meet(
        self,
        of: str,
        alternatives: Sequence[Conjunction],
        given: Given,
        user: str,
        item: str,
    ) -> Kept:
        met = np.zeros(len(self._names[of]), dtype=np.bool_)
        for conjunction in alternatives:
            met |= np.logical_and.reduce(
                [self._met(of, condition, given, user, item) for condition in conjunction]
            )
        return met

    def _met(self, of: str, condition: Condition, given: Given, user: str, item: str) -> Kept:
        texts = self._texts(condition.operands, given, item)
        if condition.field.dataset != INTERACTIONS:
            return _matches(self._column(of, condition.field), condition.operator, texts)
        met = self._by_events(of, texts, user)
        return ~met if condition.operator == "NOT IN" else met

    def _holds(self, condition: Condition, given: Given, user: str) -> bool:
        """Tells whether the current user meets a condition; an unknown user meets none."""
        value = self._known(Field(USERS, condition.field.name)).get(user)
        if value is None:
            return False
        texts = self._texts(condition.operands, given, "")
        return bool(_matches(Column(("",), {"": value}), condition.operator, texts)[0])

    def _texts(self, operands: Sequence[Operand], given: Given, item: str) -> list[str]:
        texts: list[str] = []
        for operand in operands:
            if isinstance(operand, Placeholder):
                texts += given[operand.name]
            elif isinstance(operand, Field):
                texts += parts_of(self._known(Field(ITEMS, operand.name)).get(item))
            else:
                texts += [operand if isinstance(operand, str) else _written(operand)]
        return texts

    def _column(self, of: str, field: Field) -> Column:
        if field not in self._columns:
            self._columns[field] = Column(self._names[of], self._known(field))
        return self._columns[field]

    def _known(self, field: Field) -> Mapping[str, Value]:
        if field not in self._values:
            spelt = {name.upper(): name for name in self._facts.fields(field.dataset)}
            name = spelt.get(field.name)
            found = {} if name is None else self._facts.values(field.dataset, name)
            self._values[field] = found
        return self._values[field]

    def _by_events(self, of: str, types: Sequence[str], user: str) -> Kept:
        kept = np.zeros(len(self._names[of]), dtype=np.bool_)
        # Source: "Guidelines and requirements": case is ignored when event types are matched.
        wanted = {one.lower() for one in types}
        if of == USERS:
            for kind, users in self._users_by_type.items():
                if kind in wanted or ANY_EVENT in wanted:
                    kept[users] = True
            return kept
        for kind, items in self._items_by_user.get(user, {}).items():
            if kind in wanted or ANY_EVENT in wanted:
                kept[items] = True
        return kept

    @cached_property
    def _items_by_user(self) -> dict[str, dict[str, npt.NDArray[np.intp]]]:
        places = {name: place for place, name in enumerate(self._names[ITEMS])}
        found: dict[str, dict[str, list[int]]] = {}
        for user, item, kind in zip(*self._events, strict=True):
            if item in places:
                found.setdefault(user, {}).setdefault(kind.lower(), []).append(places[item])
        return {
            user: {kind: np.asarray(items, dtype=np.intp) for kind, items in by_type.items()}
            for user, by_type in found.items()
        }

    @cached_property
    def _users_by_type(self) -> dict[str, npt.NDArray[np.intp]]:
        places = {name: place for place, name in enumerate(self._names[USERS])}
        found: dict[str, set[int]] = {}
        for user, _, kind in zip(*self._events, strict=True):
            if user in places:
                found.setdefault(kind.lower(), set()).add(places[user])
        return {kind: np.asarray(sorted(users), dtype=np.intp) for kind, users in found.items()}

    @cached_property
    def _events(self) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
        return self._facts.events(limits.FILTERED_INTERACTIONS)


def _matches(column: Column, symbol: Operator, texts: Sequence[str]) -> Kept:
    if symbol == "IN":
        return column.among(texts)
    if symbol == "NOT IN":
        return ~column.among(texts)
    # The item of a record may have no such value: then nothing compares with it.
    number = _number(texts[0]) if texts else None
    if symbol in ("=", "!="):
        met = column.among(texts) if number is None else column.equal(number)
        return met if symbol == "=" else ~met
    return column.compared(symbol, np.nan if number is None else number)


def _written(number: float) -> str:
    return str(int(number)) if number.is_integer() else repr(number)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
