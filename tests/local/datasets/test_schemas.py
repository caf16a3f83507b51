"""Schemas: what Amazon Personalize admits of Avro, and sentences for all that it does not."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_local.catalog.facts import FieldKind
from personalize_local.datasets.schemas import SchemaError, parse
from tests.support.local.own_data import schema

ID = {"name": "ITEM_ID", "type": "string"}
PRICE = {"name": "PRICE", "type": "float"}


def record(*fields: object, name: object = "Items", **more: object) -> str:
    return json.dumps({"type": "record", "name": name, "fields": list(fields), **more})


def users(count: int) -> str:
    own = [{"name": f"F{number}", "type": "int"} for number in range(count)]
    return record({"name": "USER_ID", "type": "string"}, *own, name="Users")


def test_the_examples_of_the_guide_are_read() -> None:
    found = parse(
        schema(
            "Items",
            {"name": "CREATION_TIMESTAMP", "type": "long"},
            {"name": "DESCRIPTION", "type": ["null", "string"], "textual": True},
            {"name": "NEW", "type": "boolean"},
            {"name": "CODE", "type": "string"},
        )
    )
    assert found.dataset == "ITEMS"
    assert found.kinds == {
        "ITEM_ID": FieldKind.TEXT,
        "GENRES": FieldKind.CATEGORICAL,
        "PRICE": FieldKind.NUMBER,
        "CREATION_TIMESTAMP": FieldKind.NUMBER,
        "DESCRIPTION": FieldKind.TEXTUAL,
        "NEW": FieldKind.BOOLEAN,
        "CODE": FieldKind.TEXT,
    }
    assert [field.name for field in found.fields if field.nullable] == [
        "GENRES",
        "PRICE",
        "DESCRIPTION",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "must be a JSON object"),
        ("null", "must be a JSON object"),
        ('{"type":"enum"}', 'type must be "record"'),
        (record(ID, PRICE, name=None), "name must be Interactions, Items or Users"),
        (record(ID, PRICE, name="Films"), "name must be Interactions, Items or Users"),
        (record(ID, PRICE, name="Actions"), "no batch job uses"),
        (record(), "at least one"),
        ('{"type":"record","name":"Items"}', "at least one"),
        ('{"type":"record","name":"Items","fields":{"a":1}}', "at least one"),
        (record("ITEM_ID"), "must be an object"),
        (record({"type": "string"}), "name of a field"),
        (record({"name": 3, "type": "string"}), "name of a field"),
        (record({"name": 'a"b', "type": "string"}), "name of a field"),
        (record({"name": "a-b", "type": "string"}), "name of a field"),
        (record({"name": "ä", "type": "string"}), "name of a field"),
        (record({"name": "ITEM_ID"}), "type of ITEM_ID must be one of"),
        (record({"name": "ITEM_ID", "type": "text"}), "type of ITEM_ID must be one of"),
        (record({"name": "ITEM_ID", "type": []}), "type of ITEM_ID must be one of"),
        (record({"name": "ITEM_ID", "type": ["null"]}), "type of ITEM_ID must be one of"),
        (record({"name": "ITEM_ID", "type": ["string", "int"]}), "type of ITEM_ID must be one of"),
        (record({"name": "ITEM_ID", "type": {"type": "array"}}), "type of ITEM_ID must be one of"),
        (record({"name": "ITEM_ID", "type": ["int", "int"]}), "type of ITEM_ID must be one of"),
        (record(PRICE), "needs the field ITEM_ID of type string"),
        (record({"name": "ITEM_ID", "type": "long"}, PRICE), "ITEM_ID must be of type string"),
        (record({"name": "ITEM_ID", "type": ["string", "null"]}, PRICE), "must not be null"),
        (record({**ID, "categorical": True}, PRICE), "not categorical"),
        (record(ID), "at least one field of metadata"),
        (record(ID, {"name": "CREATION_TIMESTAMP", "type": "int"}, PRICE), "must be of type long"),
        (record(ID, {"name": "CREATION_TIMESTAMP", "type": "long"}), "at least one field of meta"),
        (record(ID, PRICE, PRICE), "names must differ"),
        (record(ID, PRICE, {"name": "PRI_CE", "type": "int"}), "names must differ"),
        (record(ID, PRICE, {"name": "price", "type": "int"}), "names must differ"),
        (record(ID, {**PRICE, "categorical": True}), "its type must be string"),
        (record(ID, {**PRICE, "categorical": "true"}), "true or false"),
        (record(ID, {"name": "A", "type": "string", "textual": 1}), "true or false"),
        (
            record(
                ID,
                {"name": "A", "type": "string", "textual": True},
                {"name": "B", "type": "string", "textual": True},
            ),
            "at most 1 field",
        ),
        (
            record(ID, {"name": "A", "type": "string", "textual": True, "categorical": True}),
            "categorical and textual",
        ),
        (
            schema("Users", {"name": "A", "type": "string", "textual": True}),
            "only fields of ITEMS",
        ),
        (schema("Interactions", {"name": "EVENT_VALUE", "type": "int"}), "must be of type float"),
        (
            schema("Interactions", {"name": "IMPRESSION", "type": "string", "categorical": True}),
            "not categorical",
        ),
        (users(26), "at most 25 fields of metadata, and this 26"),
        (
            schema("Interactions", *[{"name": f"F{n}", "type": "int"} for n in range(6)]),
            "at most 5 fields of metadata, and this 6",
        ),
    ],
)
def test_what_the_guide_does_not_admit_is_refused(text: str, says: str) -> None:
    with pytest.raises(SchemaError, match=says):
        parse(text)


def test_the_most_fields_are_admitted() -> None:
    assert len(parse(users(25)).fields) == 26
    most = [{"name": f"F{number}", "type": "int"} for number in range(100)]
    assert len(parse(record(ID, *most)).fields) == 101
    with pytest.raises(SchemaError, match="at most 100"):
        parse(record(ID, *most, PRICE))


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["name", "type", "fields", "categorical"]), inner)
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from(["Items", "Users", "Interactions"]))
def test_any_json_is_read_or_refused_with_a_sentence(value: Any, name: str) -> None:
    for text in (json.dumps(value), json.dumps({"type": "record", "name": name, "fields": value})):
        with suppress(SchemaError):
            parse(text)
