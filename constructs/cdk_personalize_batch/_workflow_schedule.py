"""Starts of runs at fixed times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets

from cdk_personalize_batch._workflow_input import RUN_KEY, SKIP_IF_RUNNING

if TYPE_CHECKING:
    from aws_cdk import Duration
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_stepfunctions as sfn
    from constructs import Construct


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSchedule:
    """When a workflow starts runs.

    The key of a run is its time, so that a start which is delivered twice makes one job.

    Attributes:
        expression: When: `aws_scheduler.ScheduleExpression.cron` or ``rate``, with a time zone.
        flexible_window: Within which time after it the run starts. Default: - at the time.
        allow_overlap: Whether a run starts while another one is running. Default: - it is skipped.
        run_input: What each run is told beside its key, such as ``{"numResults": 10}``. Default: -
            nothing.
    """

    expression: scheduler.ScheduleExpression
    flexible_window: Duration | None = None
    allow_overlap: bool = False
    run_input: Mapping[str, object] | None = None


def make_schedule(
    scope: Construct, schedule: RunSchedule, *, machine: sfn.StateMachine, policy: iam.Policy
) -> scheduler.Schedule:
    """Makes a schedule of Amazon EventBridge Scheduler.

    Args:
        scope: The parent construct.
        schedule: When.
        machine: The state machine of the workflow.
        policy: What that may do, which a run must wait for.
    """
    content = {
        RUN_KEY: scheduler.ContextAttribute.scheduled_time,
        SKIP_IF_RUNNING: not schedule.allow_overlap,
        **(schedule.run_input or {}),
    }
    window = schedule.flexible_window
    made = scheduler.Schedule(
        scope,
        "Schedule",
        description="Starts an Amazon Personalize batch workflow",
        schedule=schedule.expression,
        target=targets.StepFunctionsStartExecution(
            machine, input=scheduler.ScheduleTargetInput.from_object(content)
        ),
        time_window=scheduler.TimeWindow.flexible(window) if window else None,
    )
    made.node.add_dependency(policy)
    return made
