"""JSONata as Step Functions evaluates it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.flow.documented import (
    GUIDE,
    MEASURED,
    Case,
    Failure,
    check,
    names,
    passing,
)
from tests.support.flow.machines import Machines

PAGE = f"{GUIDE}transforming-data.html"
QUERY = "States.QueryEvaluationError"


def case(expression: str, output: object, source: str = PAGE, given: Any = None) -> Case:
    states = passing(Output=f"{{% {expression} %}}")
    return Case(expression[:60], states, given, output, source)


CASES = [
    case("$partition([1,2,3,4], 2)", [[1, 2], [3, 4]]),
    case("$partition([1,2,3,4,5], 2)", [[1, 2], [3, 4], [5]]),
    case("$range(0, 3, 1)", [0, 1, 2, 3]),
    case("$range(0, 6, 2)", [0, 2, 4, 6], f"{MEASURED}2662"),
    case("$hash('input', 'SHA-1')", "140f86aae51ab9e1cda9b4254fe98a74eb54c1a1", f"{MEASURED}2662"),
    case("$random(42)", 0.7275636800328681, f"{MEASURED}2662"),
    case("$random(1) = $random(1)", True),
    case("$length($uuid())", 36),
    case("$parse('{\"a\":1}').a", 1),
    case("$states.input.name", "Ada", given={"name": "Ada"}),
    case("$states.context.State.Name", "Only"),
    case("$exists($states.context.Execution.StartTime)", True),
    case(
        "$states.input.rows[price > 5].id",
        2,
        given={"rows": [{"id": 1, "price": 3}, {"id": 2, "price": 8}]},
    ),
    case("$sum($states.input.rows.price)", 11, given={"rows": [{"price": 3}, {"price": 8}]}),
    case("null", None),
    # Longer than the second that MiniStack gives; AWS states no such limit.
    case("$count($map([1..150000], function($n) { $n * $n }))", 150000),
    case(
        "$eval('1+1')",
        Failure(
            QUERY,
            "The JSONata expression '$eval('1+1')' specified for the field 'Output' threw an error "
            "during evaluation. T1006: Attempted to invoke a non-function",
        ),
        f"{MEASURED}2737",
    ),
    case("$states.input.gone", Failure(QUERY, "returned nothing (undefined)."), given={}),
    case("$sum(['a'])", Failure(QUERY, "threw an error during evaluation. T0412")),
    case("$sum", Failure(QUERY, "returned an unsupported result type.")),
    case("+".join(["1"] * 200), Failure(QUERY, "Stack overflow error"), f"{MEASURED}2737"),
]


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_an_expression_gives_what_is_documented(machines: Machines, case: Case) -> None:
    check(machines, case)


def test_only_a_whole_string_is_an_expression(machines: Machines) -> None:
    output = {"text": "a {% 1 %}", "rows": ["{% 1 %}", {"n": "{% 1 + 1 %}"}]}
    assert machines.run(passing(Output=output)) == {"text": "a {% 1 %}", "rows": [1, {"n": 2}]}
