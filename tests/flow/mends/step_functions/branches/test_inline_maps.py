"""Maps in the execution itself."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.flow.documented import GUIDE, RECORDED, Case, Failure, check, names
from tests.support.flow.machines import Machines

PAGE = f"{GUIDE}state-map-inline.html"
ITEM = {"StartAt": "Item", "States": {"Item": {"Type": "Pass", "End": True}}}
ORDER = {
    "partner": "UQS",
    "shipped": [{"prod": "R31", "quantity": 1}, {"prod": "S39", "quantity": 40}],
}


def mapped(**fields: Any) -> dict[str, Any]:
    return {"Map": {"Type": "Map", "ItemProcessor": ITEM, "End": True, **fields}}


PATHS = [
    Case("the input", mapped(), [1, 2], [1, 2], PAGE),
    Case(
        "an array in the input",
        mapped(InputPath="$.detail", ItemsPath="$.shipped"),
        {"detail": ORDER},
        ORDER["shipped"],
        PAGE,
    ),
    Case(
        "items with more",
        mapped(
            ItemsPath="$.shipped",
            ItemSelector={
                "parcel.$": "$$.Map.Item.Value",
                "courier.$": "$.partner",
                "index.$": "$$.Map.Item.Index",
            },
        ),
        ORDER,
        [
            {"parcel": ORDER["shipped"][0], "courier": "UQS", "index": 0},
            {"parcel": ORDER["shipped"][1], "courier": "UQS", "index": 1},
        ],
        f"{GUIDE}input-output-itemselector.html",
    ),
    Case(
        "a result beside the input",
        mapped(ItemsPath="$.a", ResultPath="$.b"),
        {"a": [1]},
        {"a": [1], "b": [1]},
        PAGE,
    ),
    Case("no items", mapped(), [], [], PAGE),
    Case(
        "no array",
        mapped(),
        {"foo": "bar"},
        Failure("States.Runtime", 'Map state input must be an array but was: {"foo":"bar"}'),
        f"{RECORDED}scenarios/test_base_scenarios.snapshot.json",
    ),
]

EXPRESSIONS = [
    Case("an expression", mapped(Items="{% [1..3] %}"), None, [1, 2, 3], PAGE),
    Case(
        "an expression for no array",
        mapped(Items="{% 1 %}"),
        None,
        Failure(
            "States.QueryEvaluationError",
            "The JSONata expression '1' specified for the field 'Items' returned an unexpected "
            "result type. Expected 'array', but was 'number' for value: 1",
        ),
        f"{RECORDED}scenarios/test_base_scenarios.snapshot.json",
    ),
]


@pytest.mark.parametrize("case", PATHS, ids=names(PATHS))
def test_a_map_goes_through_an_array(machines: Machines, case: Case) -> None:
    check(machines, case, "JSONPath")


@pytest.mark.parametrize("case", EXPRESSIONS, ids=names(EXPRESSIONS))
def test_a_map_in_jsonata_goes_through_an_array(machines: Machines, case: Case) -> None:
    check(machines, case)
