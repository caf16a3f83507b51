"""The grammar of filter expressions, and of the item attributes in records for user segments.

Source: "Filter expression structure and elements" and the pages of examples in the developer guide.
Public programs write keywords, data sets and fields in letters of either case, and so does the
guide, so that case does not matter here; that of values and placeholders does.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedEOF, UnexpectedInput
from lark.exceptions import UnexpectedToken

from personalize_local.catalog.facts import ITEMS
from personalize_local.catalog.filters.expressions import (
    Action,
    Condition,
    Conjunction,
    Expression,
    ExpressionError,
    Field,
    Operand,
    Operator,
    Placeholder,
    Subject,
)

_GRAMMAR: Final = r"""
filter: expression ("|" expression)*
expression: ACTION SUBJECT _WHERE alternatives [_IF conjunction]
alternatives: conjunction (_OR conjunction)*
conjunction: condition (_AND condition)*
?condition: field IN _values -> included
          | field NOT IN _values -> excluded
          | field (EQUAL | COMPARISON) _single -> compared
_values: "(" _operand ("," _operand)* ")" | field
_single: _operand | "(" _operand ")" | field
_operand: string | number | placeholder
attributes: equality (_AND equality)*
equality: field EQUAL string
field: NAME "." NAME
string: STRING
number: NUMBER
placeholder: "$" NAME

ACTION.2: /(INCLUDE|EXCLUDE)(?![A-Za-z0-9_])/i
SUBJECT.2: /(ItemID|UserID|ActionID)(?![A-Za-z0-9_])/i
_WHERE.2: /WHERE(?![A-Za-z0-9_])/i
_IF.2: /IF(?![A-Za-z0-9_])/i
_OR.2: /OR(?![A-Za-z0-9_])/i
_AND.2: /AND(?![A-Za-z0-9_])/i
IN.2: /IN(?![A-Za-z0-9_])/i
NOT.2: /NOT(?![A-Za-z0-9_])/i
EQUAL: "="
COMPARISON: "<=" | ">=" | "!=" | "<" | ">"
NAME: /[A-Za-z_][A-Za-z0-9_]*/
STRING: /"[^"]*"/
NUMBER: /-?[0-9]+(\.[0-9]+)?/
%ignore /\s+/
"""
_NAMES: Final = {
    "ACTION": "INCLUDE or EXCLUDE",
    "SUBJECT": "ItemID or UserID",
    "_WHERE": "WHERE",
    "_IF": "IF",
    "_OR": "OR",
    "_AND": "AND",
    "IN": "IN",
    "NOT": "NOT IN",
    "COMPARISON": "a comparison such as <",
    "NAME": "a name",
    "STRING": 'a value in double quotes, such as "Comedy"',
    "NUMBER": "a number",
    "DOLLAR": "a placeholder such as $GENRES",
    "VBAR": "|",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": ",",
    "DOT": ".",
    "EQUAL": "=",
    "$END": "the end",
}


def parse_filter(text: str) -> tuple[Expression, ...]:
    """Reads a filter expression.

    Args:
        text: The expression.

    Returns:
        What stands between its pipes.

    Raises:
        ExpressionError: It is not of the documented form.
    """
    return cast("tuple[Expression, ...]", _parse("filter", text))


def parse_attributes(text: str) -> Conjunction:
    """Reads the `itemAttributes` of a record for a user segment.

    Args:
        text: Conditions such as `ITEMS.genres = "Comedy"`, joined by AND.

    Returns:
        The conditions, which are all on items.

    Raises:
        ExpressionError: It is not of that form.
    """
    found = cast("Conjunction", _parse("attributes", text))
    for one in found:
        if one.field.dataset != ITEMS:
            raise ExpressionError(
                f"{one.field.dataset}.{one.field.name} is no attribute of items: write "
                f"ITEMS.{one.field.name}"
            )
    return found


def _parse(start: str, text: str) -> object:
    try:
        return _Reader().transform(_parser().parse(text, start=start))
    except UnexpectedInput as error:
        raise ExpressionError(_told(error, text)) from None


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", start=["filter", "attributes"])


def _told(error: UnexpectedInput, text: str) -> str:
    expected: set[str] = set()
    if isinstance(error, UnexpectedCharacters):
        expected = set(error.allowed or ())
    elif isinstance(error, UnexpectedToken | UnexpectedEOF):
        expected = set(error.expected)
    wanted = " or ".join(sorted({_NAMES.get(name, name) for name in expected}))
    place = error.pos_in_stream if isinstance(error.pos_in_stream, int) else len(text)
    at_end = place < 0 or not text[place:].strip()
    if at_end or (isinstance(error, UnexpectedToken) and error.token.type == "$END"):
        return f"it ends where {wanted} must follow"
    return (
        f"at character {place + 1} it has {text[place : place + 20]!r}, where {wanted} must stand"
    )


class _Reader(Transformer[Token, Any]):
    """Makes expressions of what the parser found."""

    def filter(self, found: list[Expression]) -> tuple[Expression, ...]:
        return tuple(found)

    def expression(self, found: list[Any]) -> Expression:
        action, subject, alternatives, only_if = found
        return Expression(
            cast("Action", action.upper()),
            cast("Subject", subject.upper()),
            alternatives,
            only_if or (),
        )

    def alternatives(self, found: list[Conjunction]) -> tuple[Conjunction, ...]:
        return tuple(found)

    def conjunction(self, found: list[Condition]) -> Conjunction:
        return tuple(found)

    attributes = conjunction

    def included(self, found: list[Any]) -> Condition:
        field, _, *operands = found
        return Condition(field, "IN", tuple(operands))

    def excluded(self, found: list[Any]) -> Condition:
        field, _, _, *operands = found
        return Condition(field, "NOT IN", tuple(operands))

    def compared(self, found: list[Any]) -> Condition:
        field, operator, operand = found
        return Condition(field, cast("Operator", str(operator)), (operand,))

    def equality(self, found: list[Any]) -> Condition:
        field, _, value = found
        return Condition(field, "=", (value,))

    def field(self, found: list[Token]) -> Field:
        dataset, name = found
        return Field(dataset.upper(), name.upper())

    def string(self, found: list[Token]) -> Operand:
        return str(found[0])[1:-1]

    def number(self, found: list[Token]) -> Operand:
        return float(found[0])

    def placeholder(self, found: list[Token]) -> Operand:
        return Placeholder(str(found[0]))
