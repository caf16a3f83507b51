"""Tells the target of a schedule about its start; MiniStack leaves its attributes as written."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from ministack.services import eventbridge, scheduler

from personalize_local.emulator.mend import Mend

_SCHEDULER: Final = "aws.scheduler"


def _apply() -> None:
    invoke = eventbridge._invoke_target

    def invoke_with_attributes(
        target: Mapping[str, Any], event: Mapping[str, Any], rule: Mapping[str, Any], *more: object
    ) -> None:
        if event.get("Source") == _SCHEDULER and "Input" in target:
            target = {**target, "Input": _with_attributes(target["Input"], rule)}
        invoke(target, event, rule, *more)

    eventbridge._invoke_target = invoke_with_attributes


def _with_attributes(text: str, schedule: Mapping[str, Any]) -> str:
    attributes = {
        "schedule-arn": schedule["Arn"],
        "scheduled-time": f"{_due(schedule['ScheduleExpression']):%Y-%m-%dT%H:%M:%SZ}",
        "execution-id": str(uuid.uuid4()),
        "attempt-number": "1",
    }
    for name, value in attributes.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text


def _due(expression: str) -> datetime:
    """Returns the time for which a schedule that starts now was meant."""
    at = scheduler._at_time_epoch(expression)
    if at is not None:
        return datetime.fromtimestamp(at, UTC)
    now = datetime.now(UTC)
    return now.replace(second=0) if expression.startswith("cron") else now


MEND: Final = Mend(
    aws="The input of a schedule's target has the values of its context attributes.",
    source="EventBridge Scheduler User Guide, Adding context attributes in EventBridge Scheduler",
    apply=_apply,
)
