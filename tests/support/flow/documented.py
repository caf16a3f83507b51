"""Executions whose outcome AWS's documentation or a recording on AWS shows."""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple

from tests.support.flow.machines import Machines

GUIDE: Final = "https://docs.aws.amazon.com/step-functions/latest/dg/"
SPEC: Final = "https://states-language.net/spec.html"
RECORDED: Final = (
    "https://github.com/localstack/localstack/tree/main/tests/aws/services/stepfunctions/v2/"
)
MEASURED: Final = "https://github.com/floci-io/floci/issues/"


class Case(NamedTuple):
    """An execution: its name, what it runs and gets, what it gives, and where that is shown."""

    name: str
    states: dict[str, Any]
    given: object
    output: object
    source: str


class Failure(NamedTuple):
    """The end of an execution that fails, with a part of the cause."""

    error: str
    cause: str = ""


def check(machines: Machines, case: Case, language: str = "JSONata") -> None:
    """Runs a case, and compares its end."""
    machine = machines.create(case.states, QueryLanguage=language)
    ended = machines.finish(machines.start(machine, case.given))
    if isinstance(case.output, Failure):
        assert (ended["status"], ended.get("error", "")) == ("FAILED", case.output.error), ended
        assert case.output.cause in ended.get("cause", "")
    else:
        assert ended["status"] == "SUCCEEDED", ended
        assert json.loads(ended["output"]) == case.output


def names(cases: list[Case]) -> list[str]:
    """The names of cases, for pytest."""
    return [case.name for case in cases]


def passing(**fields: Any) -> dict[str, Any]:
    """A Pass state that is the only one."""
    return {"Only": {"Type": "Pass", "End": True, **fields}}
