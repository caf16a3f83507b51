"""What a filter expression says, as data.

Source: "Filter expression structure and elements" and "Combining multiple expressions" in the
developer guide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from personalize_local.catalog.facts import ITEMS, USERS

CURRENT_ITEM: Final = "CURRENTITEM"
CURRENT_USER: Final = "CURRENTUSER"
EVENT_TYPE: Final = "EVENT_TYPE"
ANY_EVENT: Final = "*"

Action = Literal["INCLUDE", "EXCLUDE"]
Subject = Literal["ITEMID", "USERID", "ACTIONID"]
Operator = Literal["IN", "NOT IN", "=", "!=", "<", "<=", ">", ">="]
Constant = str | float


class ExpressionError(ValueError):
    """An expression that cannot be read; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a data set, or of the user or item that a record names.

    Attributes:
        dataset: `INTERACTIONS`, `ITEMS`, `USERS`, `CURRENTITEM` or `CURRENTUSER`.
        name: The name of the field, in capitals.
    """

    dataset: str
    name: str


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A value that each record gives.

    Attributes:
        name: Its name, without `$`.
    """

    name: str


Operand = Constant | Placeholder | Field


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison.

    Attributes:
        field: What is compared.
        operator: How.
        operands: With what; one of them, except for IN and NOT IN.
    """

    field: Field
    operator: Operator
    operands: tuple[Operand, ...]


# Conditions of which all must hold.
Conjunction = tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Expression:
    """What stands between two pipes.

    Attributes:
        action: `INCLUDE` or `EXCLUDE`.
        subject: What is kept or left out.
        alternatives: The conditions; one of the conjunctions must hold.
        only_if: Conditions on the current user without which the expression says nothing.
    """

    action: Action
    subject: Subject
    alternatives: tuple[Conjunction, ...]
    only_if: Conjunction = ()

    def conditions(self) -> Iterator[Condition]:
        """Yields all conditions, those on the current user last."""
        for conjunction in self.alternatives:
            yield from conjunction
        yield from self.only_if

    def placeholders(self) -> tuple[str, ...]:
        """Returns the names of its placeholders, each once."""
        names = (
            operand.name
            for condition in self.conditions()
            for operand in condition.operands
            if isinstance(operand, Placeholder)
        )
        return tuple(dict.fromkeys(names))


def fields_of(expressions: tuple[Expression, ...]) -> frozenset[Field]:
    """Returns the fields of data sets that expressions name; the quotas count them.

    A field of the current user or item is a field of its data set.
    """
    sets = {CURRENT_ITEM: ITEMS, CURRENT_USER: USERS}
    return frozenset(
        Field(sets.get(field.dataset, field.dataset), field.name)
        for expression in expressions
        for condition in expression.conditions()
        for field in (condition.field, *condition.operands)
        if isinstance(field, Field)
    )
