"""What states remember."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.flow.documented import GUIDE, RECORDED, SPEC, Case, check, names
from tests.support.flow.machines import Machines

PAGE = f"{GUIDE}workflow-variables.html"
PASS: dict[str, Any] = {"Type": "Pass"}
END: dict[str, Any] = {"Type": "Pass", "End": True}
INNER = {"StartAt": "Inner", "States": {"Inner": {**END, "Assign": {"x": "inner"}}}}

PATHS = [
    Case(
        "a part of the input",
        {
            "A": {**PASS, "Assign": {"price.$": "$.order.price", "unit": "EUR"}, "Next": "B"},
            "B": {**END, "Parameters": {"told.$": "States.Format('{} {}', $price, $unit)"}},
        },
        {"order": {"price": 5}},
        {"told": "5 EUR"},
        PAGE,
    ),
    Case(
        "a result",
        {
            "A": {**PASS, "Result": {"answer": 42}, "Assign": {"kept.$": "$.answer"}, "Next": "B"},
            "B": {**END, "Parameters": {"v.$": "$kept"}},
        },
        {},
        {"v": 42},
        f"{RECORDED}assign/test_assign_base.snapshot.json",
    ),
    Case(
        "as an input and an output",
        {
            "A": {**PASS, "Assign": {"kept": {"a": 1}}, "Next": "B"},
            "B": {**PASS, "InputPath": "$kept.a", "Next": "C"},
            "C": {**END, "OutputPath": "$kept"},
        },
        {},
        {"a": 1},
        f"{RECORDED}assign/test_assign_base.snapshot.json",
    ),
    Case(
        "in a Choice",
        {
            "A": {**PASS, "Assign": {"n": 3}, "Next": "B"},
            "B": {
                "Type": "Choice",
                "Choices": [
                    {
                        "Variable": "$n",
                        "NumericEquals": 3,
                        "Assign": {"n": 4},
                        "Next": "C",
                    }
                ],
            },
            "C": {**END, "Parameters": {"n.$": "$n"}},
        },
        {},
        {"n": 4},
        f"{RECORDED}assign/test_assign_base.snapshot.json",
    ),
]

EXPRESSIONS = [
    Case(
        "from what was before",
        {
            "A": {**PASS, "Assign": {"x": 3, "a": 6}, "Next": "B"},
            "B": {**PASS, "Assign": {"x": "{% $a %}", "nextX": "{% $x %}"}, "Next": "C"},
            "C": {**END, "Output": {"x": "{% $x %}", "nextX": "{% $nextX %}"}},
        },
        {},
        {"x": 6, "nextX": 3},
        PAGE,
    ),
    Case(
        "an output sees what was before",
        {
            "A": {**PASS, "Assign": {"x": 1}, "Next": "B"},
            "B": {**END, "Assign": {"x": 2}, "Output": "{% $x %}"},
        },
        {},
        1,
        f"{SPEC}#assigning-variables",
    ),
    Case(
        "branches keep theirs",
        {
            "A": {**PASS, "Assign": {"x": "outer"}, "Next": "B"},
            "B": {"Type": "Parallel", "Branches": [INNER], "Next": "C"},
            "C": {**END, "Output": "{% $x %}"},
        },
        {},
        "outer",
        PAGE,
    ),
    Case(
        "the result of branches",
        {
            "A": {
                "Type": "Parallel",
                "Branches": [{"StartAt": "I", "States": {"I": {**END, "Output": 7}}}],
                "Assign": {"x": "{% $states.result[0] %}"},
                "Output": "gone",
                "Next": "B",
            },
            "B": {**END, "Output": "{% $x %}"},
        },
        {},
        7,
        PAGE,
    ),
]


@pytest.mark.parametrize("case", PATHS, ids=names(PATHS))
def test_states_in_jsonpath_have_variables(machines: Machines, case: Case) -> None:
    check(machines, case, "JSONPath")


@pytest.mark.parametrize("case", EXPRESSIONS, ids=names(EXPRESSIONS))
def test_variables_change_all_at_once_and_stay_in_their_scope(
    machines: Machines, case: Case
) -> None:
    check(machines, case)
