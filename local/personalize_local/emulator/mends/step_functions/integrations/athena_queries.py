"""The optimized integration of Athena, which MiniStack lacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ministack.services import stepfunctions

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.step_functions.runs import sizes

_PREFIX: Final = "arn:aws:states:::athena:"
_START: Final = "startQueryExecution"
_ACTIONS: Final = (_START, "stopQueryExecution", "getQueryExecution", "getQueryResults")
_ENDED: Final = ("SUCCEEDED", "FAILED", "CANCELLED")
_LOOK_SECONDS: Final = 0.2


def _apply() -> None:
    for action in _ACTIONS:
        stepfunctions._SERVICE_DISPATCH[_PREFIX + action] = _call


def _call(resource: str, arguments: Mapping[str, Any]) -> object:
    action, _, suffix = resource.removeprefix(_PREFIX).partition(".")
    answer = _ask(action, arguments)
    if suffix != "sync":
        return answer
    query = {"QueryExecutionId": answer["QueryExecutionId"]}
    while True:
        found = _ask("getQueryExecution", query)
        state = found["QueryExecution"]["Status"]["State"]
        if state == "SUCCEEDED":
            return found
        if state in _ENDED:
            raise stepfunctions._ExecutionError("States.TaskFailed", sizes.text(found))
        stepfunctions._scaled_sleep(_LOOK_SECONDS)


def _ask(action: str, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401
    service = stepfunctions._AWS_SDK_SERVICE_MAP["athena"]
    return stepfunctions._dispatch_aws_sdk_json(service, "athena", action, arguments)


MEND: Final = Mend(
    aws="A Task can run a query of Athena and wait for its end.",
    source="Step Functions Developer Guide, Run Athena queries with Step Functions",
    apply=_apply,
)
