"""Filter expressions: what they say, what they keep, and how they are refused."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_local.catalog.facts import Events, FieldKind, Value
from personalize_local.catalog.filters.evaluation import Choice
from personalize_local.catalog.filters.expressions import ExpressionError
from personalize_local.catalog.filters.filter import (
    Filter,
    RecordError,
    check_fields,
    read,
)
from personalize_local.catalog.filters.grammar import parse_attributes, parse_filter

ITEMS = ("a", "b", "c", "d")
USERS = ("u", "v")
VALUES: Mapping[str, Mapping[str, Mapping[str, Value]]] = {
    "ITEMS": {
        "GENRES": {"a": "Comedy|Drama", "b": "Drama", "c": "Horror"},
        "PRICE": {"a": 1.0, "b": 2.0, "c": 3.0},
    },
    "USERS": {"AGE": {"u": 20.0}, "LEVEL": {"u": "gold", "v": "none"}},
}
FIELDS: Mapping[str, Mapping[str, FieldKind]] = {
    "INTERACTIONS": {"EVENT_TYPE": FieldKind.TEXT},
    "ITEMS": {
        "GENRES": FieldKind.CATEGORICAL,
        "PRICE": FieldKind.NUMBER,
        "TEXT": FieldKind.TEXTUAL,
        "NEW": FieldKind.BOOLEAN,
    },
    "USERS": {"AGE": FieldKind.NUMBER, "LEVEL": FieldKind.CATEGORICAL},
}


class SomeFacts:
    def fields(self, dataset: str) -> Mapping[str, FieldKind]:
        return FIELDS[dataset]

    def values(self, dataset: str, field: str) -> Mapping[str, Value]:
        return VALUES[dataset].get(field, {})

    def events(self, latest: int) -> Events:
        return Events(["u", "u", "v"], ["a", "b", "c"], ["Click", "watch", "click"])


def kept(expression: str, user: str = "u", item: str = "", **values: list[str]) -> str:
    choice = Choice(parse_filter(expression), SomeFacts(), items=ITEMS, users=USERS)
    mask = choice.items(values, user=user, item=item)
    return "".join(name for name, one in zip(ITEMS, mask, strict=True) if one)


def users(expression: str, **values: list[str]) -> str:
    choice = Choice(parse_filter(expression), SomeFacts(), items=ITEMS, users=USERS)
    return "".join(name for name, one in zip(USERS, choice.users(values), strict=True) if one)


@pytest.mark.parametrize(
    ("expression", "items"),
    [
        ('INCLUDE ItemID WHERE Items.GENRES IN ("Drama")', "ab"),
        ('EXCLUDE ItemID WHERE Items.GENRES IN ("Drama", "Horror")', "d"),
        ('INCLUDE ItemID WHERE Items.GENRES NOT IN ("Drama")', "cd"),
        ('INCLUDE ItemID WHERE Items.GENRES IN ("drama")', ""),
        ("INCLUDE ItemID WHERE Items.PRICE >= 2", "bc"),
        ("INCLUDE ItemID WHERE Items.PRICE = 2.0", "b"),
        ("INCLUDE ItemID WHERE Items.PRICE != 2", "acd"),
        ('include itemid where items.genres in ("Drama") and ITEMS.price < 2', "a"),
        ('INCLUDE ItemID WHERE Items.PRICE > 2 OR Items.GENRES IN ("Comedy")', "ac"),
        # AND binds closer than OR.
        (
            'INCLUDE ItemID WHERE Items.PRICE = 3 OR Items.GENRES IN ("Drama") AND Items.PRICE = 1',
            "ac",
        ),
        ('EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")', "cd"),
        ('INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("CLICK")', "a"),
        ('EXCLUDE ItemID WHERE Interactions.EVENT_TYPE NOT IN ("click")', "a"),
        # The examples of "Combining multiple expressions".
        (
            'INCLUDE ItemID WHERE Items.GENRES IN ("Horror") | INCLUDE ItemID WHERE '
            'Interactions.EVENT_TYPE IN ("watch")',
            "bc",
        ),
        (
            'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("click") | INCLUDE ItemID WHERE '
            'Items.GENRES IN ("Drama")',
            "b",
        ),
        ('EXCLUDE ItemID WHERE Items.GENRES IN ("Drama") IF CurrentUser.AGE > 18', "cd"),
        ('EXCLUDE ItemID WHERE Items.GENRES IN ("Drama") IF CurrentUser.AGE > 21', "abcd"),
        ('INCLUDE ItemID WHERE Items.GENRES IN ("Drama") IF CurrentUser.AGE = 21', "abcd"),
        (
            'INCLUDE ItemID WHERE Items.PRICE < 2 IF CurrentUser.LEVEL = "gold" AND '
            "CurrentUser.AGE < 30",
            "a",
        ),
    ],
)
def test_an_expression_keeps_what_the_guide_says(expression: str, items: str) -> None:
    assert kept(expression) == items


def test_conditions_on_a_user_who_is_unknown_do_not_hold() -> None:
    expression = 'EXCLUDE ItemID WHERE Items.GENRES IN ("Drama") IF CurrentUser.AGE != 3'
    assert kept(expression, user="nobody") == "abcd"


def test_the_item_of_the_record_can_be_compared_with() -> None:
    expression = (
        "INCLUDE ItemID WHERE Items.PRICE < CurrentItem.PRICE AND "
        "Items.GENRES IN CurrentItem.GENRES"
    )
    assert kept(expression, item="b") == "a"
    # Of an item that has neither price nor genres nothing is known.
    assert kept(expression, item="d") == ""


def test_placeholders_take_values_of_the_record() -> None:
    assert kept("INCLUDE ItemID WHERE Items.GENRES IN ($G)", G=["Drama", "Horror"]) == "abc"
    assert kept("INCLUDE ItemID WHERE Items.PRICE <= $P", P=["2"]) == "ab"
    assert kept("INCLUDE ItemID WHERE Items.PRICE > ($P)", P=["2"]) == "c"
    assert kept("INCLUDE ItemID WHERE Items.PRICE > $P", P=["much"]) == ""


def test_a_part_that_excludes_is_not_used_without_its_values() -> None:
    expression = "EXCLUDE ItemID WHERE Items.GENRES IN ($G) | EXCLUDE ItemID WHERE Items.PRICE = 3"
    assert kept(expression) == "abd"
    assert read("f", expression).values(None) == {}
    with pytest.raises(RecordError, match="needs filterValues for G"):
        read("f", "INCLUDE ItemID WHERE Items.GENRES IN ($G)").values(None)


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ('INCLUDE UserID WHERE Users.LEVEL IN ("gold")', "u"),
        ("EXCLUDE UserID WHERE Users.AGE < 30", "v"),
        ('INCLUDE UserID WHERE Interactions.EVENT_TYPE IN ("watch")', "u"),
        ('EXCLUDE UserID WHERE Interactions.EVENT_TYPE IN ("*")', ""),
    ],
)
def test_users_are_chosen_for_segments(expression: str, names: str) -> None:
    assert users(expression) == names
    assert read("f", expression).of_users


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("", "INCLUDE or EXCLUDE must follow"),
        ("INCLUDE ItemID", "WHERE must follow"),
        ("INCLUDE ItemID WHERE Items.GENRES IN ('x')", "at character 39"),
        ('INCLUDE ItemID WHERE Items.GENRES IN ("x") ORDER', "at character 44"),
        ('INCLUDE ItemID WHERE Items.GENRES IN ("x") |', "INCLUDE or EXCLUDE must follow"),
        ('INCLUDE ItemID WHERE Items.GENRES LIKE "x"', "at character 35"),
        ('INCLUDE ActionID WHERE Actions.X IN ("x")', "no actions"),
        (
            'INCLUDE ItemID WHERE Items.PRICE = 1 | INCLUDE UserID WHERE Users.LEVEL IN ("x")',
            "either",
        ),
        ('INCLUDE ItemID WHERE Users.LEVEL IN ("x")', "USERS cannot stand after WHERE"),
        (
            'INCLUDE ItemID WHERE Items.PRICE = 1 AND Interactions.EVENT_TYPE IN ("x")',
            "chain two expressions",
        ),
        ("INCLUDE ItemID WHERE Items.PRICE = 1 IF Items.PRICE = 2", "cannot stand after IF"),
        ("INCLUDE ItemID WHERE Items.GENRES NOT IN ($G)", "takes no placeholder"),
        ("INCLUDE ItemID WHERE Items.PRICE < Items.PRICE", "cannot be compared with"),
        ('INCLUDE ItemID WHERE Interactions.DEVICE IN ("x")', "EVENT_TYPE only"),
        ('INCLUDE ItemID WHERE Interactions.EVENT_TYPE = "x"', "IN and NOT IN only"),
        ('INCLUDE ItemID WHERE Items.GENRES IN ("*")', "all event types"),
        ('INCLUDE ItemID WHERE Items.PRICE < "x"', "compares numbers"),
    ],
)
def test_what_is_not_of_the_documented_form_is_refused(expression: str, says: str) -> None:
    with pytest.raises(ExpressionError, match=says):
        read("f", expression)


def test_a_filter_has_at_most_ten_fields() -> None:
    def joined(count: int) -> str:
        return "INCLUDE ItemID WHERE " + " AND ".join(f"Items.F{n} = 1" for n in range(count))

    assert isinstance(read("f", joined(10)), Filter)
    with pytest.raises(ExpressionError, match="names 11 fields; the most of one filter is 10"):
        read("f", joined(11))


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ('Items.GENRE IN ("x")', "no field Items.GENRE; there is GENRES"),
        ('Items.TEXT IN ("x")', "is textual"),
        ('Items.NEW IN ("x")', "is boolean"),
    ],
)
def test_fields_must_be_there_and_of_a_kind_that_filters_take(condition: str, says: str) -> None:
    with pytest.raises(ExpressionError, match=says):
        check_fields(read("f", f"INCLUDE ItemID WHERE {condition}"), FIELDS)


def test_filters_read_quoted_values() -> None:
    found = read("f", "INCLUDE ItemID WHERE Items.GENRES IN ($GENRES)")
    assert found.values({"GENRES": '"Comedy", "Drama"'}) == {"GENRES": ["Comedy", "Drama"]}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (None, "needs filterValues for GENRES"),
        ({"genres": '"Comedy"'}, "needs filterValues for GENRES"),
        ("Comedy", "must be an object"),
        ({"GENRES": "Comedy"}, "escaped quotes"),
        ({"GENRES": ["Comedy"]}, "escaped quotes"),
        ({"GENRES": '"Comedy" "Drama"'}, "escaped quotes"),
    ],
)
def test_filters_refuse_values_in_another_form(given: object, says: str) -> None:
    with pytest.raises(RecordError, match=says):
        read("f", "INCLUDE ItemID WHERE Items.GENRES IN ($GENRES)").values(given)


def test_attributes_are_conditions_joined_by_and() -> None:
    found = parse_attributes('ITEMS.genres = "Comedy" AND items.price="1"')
    assert [(one.field.name, one.operands) for one in found] == [
        ("GENRES", ("Comedy",)),
        ("PRICE", ("1",)),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        'ITEMS.genres != "Comedy"',
        'ITEMS.genres = "Comedy" OR ITEMS.genres = "Drama"',
        'Users.level = "gold"',
    ],
)
def test_attributes_in_another_form_are_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse_attributes(text)


@given(st.text(max_size=60) | st.from_regex(r"(INCLUDE|EXCLUDE) ItemID WHERE .{0,40}"))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    with suppress(ExpressionError):
        read("f", text)
