"""Intrinsic functions, with the inputs and outputs of the guide."""

from __future__ import annotations

import pytest

from tests.support.flow.documented import GUIDE, SPEC, Case, Failure, check, names, passing
from tests.support.flow.machines import Machines

PAGE = f"{GUIDE}intrinsic-functions.html"
NUMBERS = {"a": [1, 2, 3, 4, 5, 6, 7, 8, 9]}
ONE = {"a": {"a1": 1, "a2": 2}, "b": 2}
OTHER = {"a": {"a3": 1, "a4": 2}, "c": 3}


def case(call: str, given: object, output: object, source: str = PAGE) -> Case:
    wanted = output if isinstance(output, Failure) else {"v": output}
    return Case(call, passing(Parameters={"v.$": call}), given, wanted, source)


CASES = [
    case("States.Array($.Id)", {"Id": 123456}, [123456]),
    case(
        "States.Array('a', 1, true, null)", {}, ["a", 1, True, None], f"{SPEC}#intrinsic-functions"
    ),
    case("States.ArrayPartition($.a, 4)", NUMBERS, [[1, 2, 3, 4], [5, 6, 7, 8], [9]]),
    case("States.ArrayContains($.a, 5)", NUMBERS, True),
    case("States.ArrayContains($.a, true)", {"a": [1]}, False),
    case("States.ArrayRange(1, 9, 2)", {}, [1, 3, 5, 7, 9]),
    case("States.ArrayRange(5, 1, -2)", {}, [5, 3, 1]),
    case("States.ArrayGetItem($.a, 5)", NUMBERS, 6),
    case("States.ArrayLength($.a)", NUMBERS, 9),
    case("States.ArrayUnique($.a)", {"a": [1, 2, 3, 3, 3, 4]}, [1, 2, 3, 4]),
    case("States.Base64Encode($.a)", {"a": "Data to encode"}, "RGF0YSB0byBlbmNvZGU="),
    case("States.Base64Decode($.a)", {"a": "RGVjb2RlZCBkYXRh"}, "Decoded data"),
    case(
        "States.Hash($.a, $.how)",
        {"a": "input data", "how": "SHA-1"},
        "aaff4a450a104cd177d28d18d74485e8cae074b7",
    ),
    case(
        "States.JsonMerge($.one, $.other, false)",
        {"one": ONE, "other": OTHER},
        {"a": {"a3": 1, "a4": 2}, "b": 2, "c": 3},
    ),
    case("States.StringToJson($.a)", {"a": '{"foo": "bar"}'}, {"foo": "bar"}),
    case("States.JsonToString($.a)", {"a": {"foo": "bar"}}, '{"foo":"bar"}'),
    case("States.MathAdd($.a, $.by)", {"a": 111, "by": -1}, 110),
    case("States.StringSplit($.a, ',')", {"a": "1,2,3,4,5"}, ["1", "2", "3", "4", "5"]),
    case(
        "States.StringSplit($.a, $.at)",
        {"a": "This.is+a,test=string", "at": ".+,="},
        ["This", "is", "a", "test", "string"],
    ),
    case(
        "States.Format('Hello, my name is {}.', $.name)",
        {"name": "Arnav"},
        "Hello, my name is Arnav.",
    ),
    case("States.Format('{} and {}', $.a, true)", {"a": {"b": 1}}, '{"b":1} and true'),
    case("States.Format('a \\{\\} of {}', 1)", {}, "a {} of 1"),
    case("States.Format('{}', States.ArrayLength($.a))", NUMBERS, "9"),
    case(
        "States.MathAdd($.a, 1)", {"a": "x"}, Failure("States.IntrinsicFailure", "States.MathAdd")
    ),
    case("States.ArrayGetItem($.a, 9)", NUMBERS, Failure("States.IntrinsicFailure")),
]


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_a_function_gives_what_is_documented(machines: Machines, case: Case) -> None:
    check(machines, case, "JSONPath")
