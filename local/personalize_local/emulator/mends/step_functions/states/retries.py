"""Retries and catches errors of states as AWS does.

MiniStack waits a minute at most, knows no jitter, and lets `States.ALL` catch what AWS ends an
execution for.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any, Final

from ministack.services import stepfunctions

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.step_functions.runs import sizes

_RUNTIME: Final = "States.Runtime"
_TIMEOUT: Final = "States.Timeout"
_HEARTBEAT: Final = "States.HeartbeatTimeout"
_MOST_ATTEMPTS: Final = 3

_State = Mapping[str, Any]
_Result = tuple[object, str | None]


class HeartbeatTimeout(stepfunctions._ExecutionError):  # type: ignore[misc]
    """A Task has sent no heartbeat; a timeout, which rules can also name as what it is."""

    def __init__(self) -> None:
        """Makes the error."""
        super().__init__(_TIMEOUT, "")


def _apply() -> None:
    stepfunctions._with_retry_and_catch = attempt


def attempt(
    state: _State,
    value: object,
    context: dict[str, Any],
    run: Callable[[], _Result],
    failed: Callable[[Exception], None] | None = None,
) -> _Result:
    """Runs what a Task, Parallel or Map state does, under its Retry and Catch.

    Args:
        state: The state.
        value: Its input.
        context: The context object.
        run: What it does, once.
        failed: Is told of the error that is not retried. Default: - nothing is.

    Returns:
        The output and the next state.
    """
    own = context["State"]
    counts: dict[int, int] = {}
    while True:
        # Branches leave their own state in the context.
        context["State"] = {**own, "RetryCount": sum(counts.values())}
        try:
            return run()
        except stepfunctions._ExecutionError as error:
            index = _retrier(state, error, counts)
            if index is not None:
                stepfunctions._scaled_sleep(_delay(state["Retry"][index], counts.get(index, 0)))
                counts[index] = counts.get(index, 0) + 1
                continue
            if failed is not None:
                failed(error)
            catcher = _catcher(state, error)
            if catcher is None:
                raise
            told = {"Error": error.error, "Cause": error.cause}
            language = stepfunctions._state_query_language(state, context)
            output = stepfunctions._apply_catcher(catcher, value, context, language, told)
            return output, catcher["Next"]


def _retrier(state: _State, error: Any, counts: Mapping[int, int]) -> int | None:  # noqa: ANN401
    """Returns which retrier is to be followed; the first that fits decides, also when it is up."""
    for index, retrier in enumerate(state.get("Retry", [])):
        if _fits(retrier["ErrorEquals"], error):
            is_left = counts.get(index, 0) < retrier.get("MaxAttempts", _MOST_ATTEMPTS)
            return index if is_left else None
    return None


def _catcher(state: _State, error: Any) -> _State | None:  # noqa: ANN401
    return next((one for one in state.get("Catch", []) if _fits(one["ErrorEquals"], error)), None)


def _fits(names: list[str], error: Any) -> bool:  # noqa: ANN401
    if error.error == _RUNTIME:
        return False
    if error.error in names:
        return True
    if isinstance(error, sizes.TooLarge) and not error.is_of_task:
        return False
    if "States.ALL" in names:
        return True
    if isinstance(error, HeartbeatTimeout):
        return _HEARTBEAT in names
    return "States.TaskFailed" in names and error.error != _TIMEOUT


def _delay(retrier: _State, count: int) -> float:
    seconds = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** count
    seconds = min(seconds, retrier.get("MaxDelaySeconds", seconds))
    if retrier.get("JitterStrategy") == "FULL":
        return random.uniform(0, seconds)  # noqa: S311 - no secret
    return float(seconds)


MEND: Final = Mend(
    aws="Retries wait as long as the retrier says, and nothing catches States.Runtime.",
    source="Step Functions Developer Guide, Handling errors in Step Functions workflows",
    apply=_apply,
)
