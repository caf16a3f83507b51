"""Lets EventBridge rules and schedules start executions as their own role.

MiniStack starts them as nobody in particular.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from ministack.core.responses import get_account_id
from ministack.services import eventbridge

from personalize_local.emulator.access import assume_as_service, check_caller
from personalize_local.emulator.mend import Mend
from personalize_local.errors import AccessDenied

logger = logging.getLogger("personalize_local")

_SCHEDULER: Final = "aws.scheduler"
_ACTION: Final = "states:StartExecution"


def _apply() -> None:
    invoke = eventbridge._invoke_target

    def invoke_as_role(
        target: Mapping[str, Any],
        event: Mapping[str, Any],
        rule: Mapping[str, Any],
        view: object = None,
    ) -> None:
        is_schedule = event.get("Source") == _SCHEDULER
        if ":states:" in target["Arn"]:
            try:
                _check(target, rule, is_schedule=is_schedule)
            except AccessDenied as refusal:
                # As on AWS, where only a metric counts what a target did not take.
                logger.warning(
                    "%s did not start %s: %s", rule["Arn"], target["Arn"], refusal.reason
                )
                return
        invoke(target, event, rule, view)

    eventbridge._invoke_target = invoke_as_role


def _check(target: Mapping[str, Any], rule: Mapping[str, Any], *, is_schedule: bool) -> None:
    principal, source = "events.amazonaws.com", rule["Arn"]
    if is_schedule:
        # A schedule names its group as the source: arn:…:schedule-group/GROUP.
        place, _, name = rule["Arn"].partition(":schedule/")
        principal = "scheduler.amazonaws.com"
        source = f"{place}:schedule-group/{name.partition('/')[0]}"
    credentials = assume_as_service(
        target.get("RoleArn", ""), principal, source_account=get_account_id(), source_arn=source
    )
    check_caller(credentials.access_key_id, _ACTION, target["Arn"], {})


MEND: Final = Mend(
    aws="A rule or a schedule starts an execution as the role of its target.",
    source="EventBridge User Guide, Using IAM roles; Scheduler User Guide, Execution role",
    apply=_apply,
)
