"""Which way a Choice goes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.flow.documented import (
    GUIDE,
    RECORDED,
    SPEC,
    Case,
    Failure,
    check,
    names,
)
from tests.support.flow.machines import Machines

PAGE = f"{GUIDE}state-choice.html"


def choice(*rules: dict[str, Any], **fields: Any) -> dict[str, Any]:
    targets = [rule["Next"] for rule in rules] + ["Default"]
    ends = {name: {"Type": "Pass", "Result": name, "End": True} for name in targets}
    rule = {"Type": "Choice", "Choices": list(rules), "Default": "Default", **fields}
    return {"Choose": rule, **ends}


def rule(operator: str, value: object, given: object, *, fits: bool, source: str = PAGE) -> Case:
    states = choice({"Variable": "$.v", operator: value, "Next": "Fits"})
    name = f"{operator} {value!r} of {given!r}"
    return Case(
        name, states, {"v": given, "other": "b", "n": 5}, "Fits" if fits else "Default", source
    )


DISPATCH = choice(
    {"Not": {"Variable": "$.type", "StringEquals": "Private"}, "Next": "Public"},
    {
        "And": [
            {"Variable": "$.value", "IsPresent": True},
            {"Variable": "$.value", "IsNumeric": True},
            {"Variable": "$.value", "NumericGreaterThanEquals": 20},
            {"Variable": "$.value", "NumericLessThan": 30},
        ],
        "Next": "ValueInTwenties",
    },
)

CASES = [
    Case(
        "not private", DISPATCH, {"type": "Public", "value": 22}, "Public", f"{SPEC}#choice-state"
    ),
    Case(
        "in its twenties",
        DISPATCH,
        {"type": "Private", "value": 22},
        "ValueInTwenties",
        f"{SPEC}#choice-state",
    ),
    Case("older", DISPATCH, {"type": "Private", "value": 50}, "Default", f"{SPEC}#choice-state"),
    Case("without a value", DISPATCH, {"type": "Private"}, "Default", f"{SPEC}#choice-state"),
    rule("StringMatches", "log-*.txt", "log-zebra.txt", fits=True),
    rule("StringMatches", "a\\*b", "a*b", fits=True),
    rule("StringMatches", "a\\*b", "axb", fits=False),
    rule("StringEqualsPath", "$.other", "b", fits=True),
    rule("StringLessThanPath", "$.other", "a", fits=True),
    rule("NumericLessThanPath", "$.n", 4, fits=True),
    rule("NumericEquals", 4, "4", fits=False),
    rule("IsNumeric", True, True, fits=False),
    rule("IsNull", True, None, fits=True),
    rule("IsTimestamp", True, "2016-03-14T01:59:00Z", fits=True),
    rule("IsTimestamp", True, "2016-03-14", fits=False),
    rule("TimestampLessThan", "2016-03-14T02:00:00Z", "2016-03-14T01:59:00Z", fits=True),
    rule("BooleanEquals", True, True, fits=True),
    Case(
        "a variable that is not there",
        choice({"Variable": "$.gone", "StringEquals": "a", "Next": "Fits"}),
        {},
        Failure("States.Runtime", "Invalid path '$.gone'"),
        f"{GUIDE}troubleshooting.html",
    ),
    Case(
        "nothing that fits",
        {
            "Choose": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.v", "NumericEquals": 1, "Next": "End"}],
            },
            "End": {"Type": "Succeed"},
        },
        {"v": 2},
        Failure("States.NoChoiceMatched"),
        f"{SPEC}#choice-state",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_a_rule_decides_as_documented(machines: Machines, case: Case) -> None:
    check(machines, case, "JSONPath")


def condition(expression: object, output: object, source: str) -> Case:
    end = {"Type": "Succeed", "Output": "{% $states.input %}"}
    states = {
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Condition": expression, "Output": "fits", "Next": "End"}],
            "Output": "default",
            "Default": "End",
        },
        "End": end,
    }
    return Case(str(expression), states, {"n": 5, "s": "yes"}, output, source)


def refused(kind: str, value: str) -> Failure:
    return Failure(
        "States.QueryEvaluationError",
        f"specified for the field 'Choices[0]/Condition' returned an unexpected result type. "
        f"Expected 'boolean', but was '{kind}' for value: {value}",
    )


CONDITIONS = [
    condition("{% $states.input.n > 4 %}", "fits", PAGE),
    condition("{% $states.input.n > 5 %}", "default", PAGE),
    condition(True, "fits", f"{RECORDED}scenarios/test_base_scenarios.snapshot.json"),
    condition("{% $states.input.s %}", refused("string", '"yes"'), PAGE),
    condition("{% $states.input.n %}", refused("number", "5"), PAGE),
    condition("{% null %}", refused("null", "null"), PAGE),
]


@pytest.mark.parametrize("case", CONDITIONS, ids=names(CONDITIONS))
def test_a_condition_is_a_boolean(machines: Machines, case: Case) -> None:
    check(machines, case)
