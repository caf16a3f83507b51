"""What is tried again, and what is caught."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.flow.documented import GUIDE, SPEC, Case, Failure, check, names
from tests.support.flow.machines import Machines

PAGE = f"{GUIDE}concepts-error-handling.html"
CAUGHT = {"Type": "Pass", "End": True}


def failing(error: str, **fields: Any) -> dict[str, Any]:
    branch = {"StartAt": "No", "States": {"No": {"Type": "Fail", "Error": error, "Cause": "room"}}}
    state = {"Type": "Parallel", "Branches": [branch], "End": True, **fields}
    return {"Try": state, "Caught": CAUGHT} if "Catch" in fields else {"Try": state}


def catch(*names: str, **fields: Any) -> dict[str, Any]:
    return {"Catch": [{"ErrorEquals": list(names), "Next": "Caught", **fields}]}


ERROR = {"Error": "ErrorA", "Cause": "room"}
CASES = [
    Case("by name", failing("ErrorA", **catch("ErrorA")), {}, ERROR, f"{SPEC}#errors"),
    Case("by any name", failing("ErrorA", **catch("States.ALL")), {}, ERROR, f"{SPEC}#errors"),
    Case("as a failed task", failing("ErrorA", **catch("States.TaskFailed")), {}, ERROR, PAGE),
    Case(
        "beside the input",
        failing("ErrorA", **catch("States.ALL", ResultPath="$.error")),
        {"kept": 1},
        {"kept": 1, "error": ERROR},
        f"{SPEC}#fallback-states",
    ),
    Case(
        "another name",
        failing("ErrorA", **catch("ErrorB")),
        {},
        Failure("ErrorA", "room"),
        f"{SPEC}#errors",
    ),
    Case(
        "a time-out is no failed task",
        failing("States.Timeout", **catch("States.TaskFailed")),
        {},
        Failure("States.Timeout"),
        PAGE,
    ),
    Case(
        "a runtime error is not caught",
        failing("States.Runtime", **catch("States.ALL")),
        {},
        Failure("States.Runtime"),
        PAGE,
    ),
    Case(
        "data over the limit is not caught by any name",
        failing("States.DataLimitExceeded", **catch("States.DataLimitExceeded")),
        {},
        {"Error": "States.DataLimitExceeded", "Cause": "room"},
        PAGE,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_an_error_is_caught_as_documented(machines: Machines, case: Case) -> None:
    check(machines, case, "JSONPath")


@pytest.mark.parametrize(
    ("retriers", "attempts"),
    [
        ([{"ErrorEquals": ["ErrorA"], "MaxAttempts": 2}], 3),
        ([{"ErrorEquals": ["ErrorA"], "MaxAttempts": 0}], 1),
        ([{"ErrorEquals": ["ErrorB"]}], 1),
        # The first that fits decides, also when it is used up.
        (
            [
                {"ErrorEquals": ["ErrorA"], "MaxAttempts": 1},
                {"ErrorEquals": ["States.ALL"], "MaxAttempts": 5},
            ],
            2,
        ),
        ([{"ErrorEquals": ["ErrorA"]}], 4),
    ],
    ids=["two", "none", "another name", "the first", "three by default"],
)
def test_an_error_is_retried_as_documented(
    machines: Machines, retriers: list[dict[str, Any]], attempts: int
) -> None:
    # https://states-language.net/spec.html#retrying-after-error
    machines.aws.control.scale_waits(0.001)
    try:
        execution = machines.start(machines.create(failing("ErrorA", Retry=retriers)))
        machines.finish(execution)
    finally:
        machines.aws.control.scale_waits(1)
    events = machines.client.get_execution_history(executionArn=execution)["events"]
    assert [event["type"] for event in events].count("ParallelStateStarted") == attempts


def test_a_catcher_in_jsonata_has_an_output_and_variables(machines: Machines) -> None:
    rule = {
        "Output": "{% $states.errorOutput.Error %}",
        "Assign": {"cause": "{% $states.errorOutput.Cause %}"},
    }
    states = failing("ErrorA", **catch("States.ALL", **rule))
    states["Caught"] = {**CAUGHT, "Output": "{% $states.input & ' ' & $cause %}"}
    assert machines.run(states) == "ErrorA room"
