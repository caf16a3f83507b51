"""Ends a Wait soon after the job or the version has ended that its execution waits for.

A job takes seconds here and not the half hour that a Wait between two looks is made for. Of all
other waits, and with `--real-time` of these too, nothing is taken away.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Final

from ministack.services import stepfunctions

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.step_functions.runs.executions import is_stopped

_SERVICE: Final = "personalize"
_LOOK_SECONDS: Final = 0.1
_NAMES: Final = ("JobArn", "SolutionVersionArn")
_ENDED: Final = ("ACTIVE", "CREATE FAILED")


class _Watch:
    """What an execution, or a branch of it, waits for."""

    def __init__(self) -> None:
        self.arn: str | None = None


# Whether what has an ARN has ended; None with `--real-time`.
_has_ended: Callable[[str], bool] | None = None
_watch: ContextVar[_Watch | None] = ContextVar("personalize_local_watch", default=None)
_is_wait: ContextVar[bool] = ContextVar("personalize_local_is_wait", default=False)


def look_with(has_ended: Callable[[str], bool] | None) -> None:
    """Sets what tells the end of a job.

    Args:
        has_ended: Whether what has an ARN is there and has ended; None leaves waits as they are.
    """
    global _has_ended
    _has_ended = has_ended


def _apply() -> None:
    wait = stepfunctions._execute_wait
    sleep = stepfunctions._scaled_sleep
    dispatch = stepfunctions._dispatch_aws_sdk_json

    def wait_for_job(state: object, value: object, context: object = None) -> object:
        token = _is_wait.set(True)
        try:
            return wait(state, value, context)
        finally:
            _is_wait.reset(token)

    def sleep_until_end(seconds: float) -> None:
        watch = _watch.get()
        if _has_ended is None or watch is None or watch.arn is None or not _is_wait.get():
            sleep(seconds)
            return
        deadline = time.monotonic() + seconds * stepfunctions._SFN_WAIT_SCALE
        while (left := deadline - time.monotonic()) > 0:
            if is_stopped() or _has_ended(watch.arn):
                return
            time.sleep(min(left, _LOOK_SECONDS))

    def dispatch_and_note(
        service: Mapping[str, str],
        name: str,
        action: str,
        arguments: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        answer = dispatch(service, name, action, arguments)
        watch = _watch.get()
        if name == _SERVICE and watch is not None:
            _note(watch, action, arguments, answer)
        return answer

    stepfunctions._execute_wait = wait_for_job
    stepfunctions._scaled_sleep = sleep_until_end
    stepfunctions._dispatch_aws_sdk_json = dispatch_and_note
    for name in ("_run_execution", "_run_sub_machine"):
        setattr(stepfunctions, name, _with_watch(getattr(stepfunctions, name)))


def _with_watch(run: Callable[..., object]) -> Callable[..., object]:
    def run_with_watch(*arguments: object) -> object:
        token = _watch.set(_Watch())
        try:
            return run(*arguments)
        finally:
            _watch.reset(token)

    return run_with_watch


def _note(watch: _Watch, action: str, arguments: Mapping[str, Any], answer: Any) -> None:  # noqa: ANN401
    """Notes what has been created, or described and is not ready."""
    arn = _arn_in(arguments)
    if action.startswith("create"):
        watch.arn = _arn_in(answer)
    elif action.startswith("describe") and arn is not None:
        described = next(iter(answer.values()))
        watch.arn = None if described.get("Status") in _ENDED else arn


def _arn_in(members: Mapping[str, Any]) -> str | None:
    return next((str(members[name]) for name in members if name.endswith(_NAMES)), None)


MEND: Final = Mend(
    aws="A wait lasts as it is written; here it ends with the job that is waited for.",
    source="docs/local-aws.md: `--real-time` turns it off",
    apply=_apply,
)
