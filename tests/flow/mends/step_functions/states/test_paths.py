"""What paths find, and what a state does when they find nothing."""

from __future__ import annotations

import pytest

from tests.support.flow.documented import (
    GUIDE,
    RECORDED,
    SPEC,
    Case,
    Failure,
    check,
    names,
    passing,
)
from tests.support.flow.machines import Machines

DATA = {"foo": 123, "bar": ["a", "b", "c"], "car": {"cdr": True}}
VALUES = {"flagged": 7, "vals": [0, 10, 20, 30, 40, 50]}
ROWS = {"rows": [{"id": 1, "price": 3}, {"id": 2, "price": 8}]}
PRODUCT = {"product": {"details": {"color": "blue", "size": "small"}, "availability": "in stock"}}


def parameters(path: str) -> dict[str, object]:
    return passing(Parameters={"v.$": path})


CASES = [
    Case("a number", passing(InputPath="$.foo"), DATA, 123, f"{SPEC}#path"),
    Case("an array", passing(InputPath="$.bar"), DATA, ["a", "b", "c"], f"{SPEC}#path"),
    Case("a value within", passing(InputPath="$.car.cdr"), DATA, True, f"{SPEC}#path"),
    Case("the whole input", passing(InputPath="$"), DATA, DATA, f"{SPEC}#path"),
    Case("no input", passing(InputPath=None), DATA, {}, f"{SPEC}#filters"),
    Case("no output", passing(OutputPath=None), DATA, {}, f"{SPEC}#filters"),
    Case(
        "a part of the output", passing(OutputPath="$.car"), DATA, {"cdr": True}, f"{SPEC}#filters"
    ),
    Case("a name in quotes", passing(InputPath="$['car']['cdr']"), DATA, True, f"{SPEC}#path"),
    Case(
        "a payload template",
        passing(
            Parameters={
                "flagged": True,
                "parts": {"first.$": "$.vals[0]", "last3.$": "$.vals[3:]"},
            }
        ),
        VALUES,
        {"flagged": True, "parts": {"first": 0, "last3": [30, 40, 50]}},
        f"{SPEC}#payload-template",
    ),
    Case(
        "static and selected values",
        passing(
            Parameters={
                "comment": "Some of it.",
                "MyDetails": {
                    "size.$": "$.product.details.size",
                    "exists.$": "$.product.availability",
                    "StaticValue": "foo",
                },
            }
        ),
        PRODUCT,
        {
            "comment": "Some of it.",
            "MyDetails": {"size": "small", "exists": "in stock", "StaticValue": "foo"},
        },
        f"{GUIDE}input-output-inputpath-params.html",
    ),
    Case(
        "a result beside the input",
        passing(Result={"x": 0.38, "y": 622.2}, ResultPath="$.coords"),
        {"georefOf": "Home"},
        {"georefOf": "Home", "coords": {"x": 0.38, "y": 622.2}},
        f"{SPEC}#pass-state",
    ),
    Case(
        "a result within the input",
        passing(Result=7, ResultPath="$.made.sum"),
        {"numbers": [3, 4]},
        {"numbers": [3, 4], "made": {"sum": 7}},
        f"{SPEC}#filters",
    ),
    Case(
        "a result that is dropped",
        passing(Result=7, ResultPath=None),
        DATA,
        DATA,
        f"{SPEC}#filters",
    ),
    Case("a result alone", passing(Result=7, ResultPath="$"), DATA, 7, f"{SPEC}#filters"),
    Case(
        "all of an array",
        parameters("$.rows[*].id"),
        ROWS,
        {"v": [1, 2]},
        f"{GUIDE}amazon-states-language-paths.html",
    ),
    Case(
        "everything below",
        parameters("$..price"),
        ROWS,
        {"v": [3, 8]},
        f"{GUIDE}amazon-states-language-paths.html",
    ),
    Case(
        "what fits a filter",
        parameters("$.rows[?(@.price > 5)].id"),
        ROWS,
        {"v": [2]},
        f"{GUIDE}amazon-states-language-paths.html",
    ),
    Case(
        "some of an array",
        parameters("$.vals[0,2]"),
        VALUES,
        {"v": [0, 20]},
        f"{GUIDE}amazon-states-language-paths.html",
    ),
    Case(
        "the context object",
        parameters("$$.State.Name"),
        {},
        {"v": "Only"},
        f"{GUIDE}input-output-contextobject.html",
    ),
    Case(
        "no such input",
        passing(InputPath="$.NoSuchInputPath"),
        {},
        Failure(
            "States.Runtime",
            "(entered at the event id #2). Invalid path '$.NoSuchInputPath' : No results for path: "
            "$['NoSuchInputPath']",
        ),
        f"{RECORDED}scenarios/test_base_scenarios.snapshot.json",
    ),
    Case(
        "no such output",
        passing(OutputPath="$.no.such.path"),
        {},
        Failure(
            "States.Runtime", "Invalid path '$.no.such.path' : Missing property in path $['no']"
        ),
        f"{RECORDED}scenarios/test_base_scenarios.snapshot.json",
    ),
    Case(
        "nothing for a template",
        passing(Parameters={"value.$": "$.no_such_jsonpath"}),
        {"int-literal": 0},
        Failure(
            "States.Runtime",
            "The JSONPath '$.no_such_jsonpath' specified for the field 'value.$' could not be "
            "found in the input '{\"int-literal\":0}'",
        ),
        f"{RECORDED}scenarios/test_base_scenarios.snapshot.json",
    ),
    Case(
        "a result path that does not fit",
        passing(Result=1, ResultPath="$.a"),
        "text",
        Failure("States.ResultPathMatchFailure", "Unable to apply ReferencePath $.a to input"),
        f"{SPEC}#filters",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_a_path_finds_what_is_documented(machines: Machines, case: Case) -> None:
    check(machines, case, "JSONPath")
