"""Starts of runs at fixed times."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets

from cdk_personalize_batch._cdk.facts import scope_facts
from cdk_personalize_batch._cdk.json import to_json
from cdk_personalize_batch.request import checks
from cdk_personalize_batch.request.argument_types import typed_fields
from cdk_personalize_batch.states.run.run_input import RUN_KEY, SKIP_IF_RUNNING, unknown_keys

if TYPE_CHECKING:
    from aws_cdk import Duration
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_stepfunctions as sfn
    from constructs import Construct


@typed_fields
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


def schedule_problems(schedule: RunSchedule) -> list[str]:
    """Returns what is wrong with a schedule."""
    given = schedule.run_input or {}
    problems = [f"schedule.run_input {one}" for one in unknown_keys(given)]
    return problems + checks.resolved_text(
        "schedule.run_input", json.dumps(dict(given), default=str)
    )


def make_schedule(
    scope: Construct,
    id: str,
    schedule: RunSchedule,
    *,
    machine: sfn.IStateMachine,
    policy: iam.Policy,
) -> scheduler.Schedule:
    """Makes a schedule of Amazon EventBridge Scheduler, which waits for the machine's policy."""
    content = {
        RUN_KEY: scheduler.ContextAttribute.scheduled_time,
        SKIP_IF_RUNNING: not schedule.allow_overlap,
        **(schedule.run_input or {}),
    }
    window = schedule.flexible_window
    made = scheduler.Schedule(
        scope,
        id,
        description="Starts an Amazon Personalize batch workflow",
        schedule=schedule.expression,
        target=targets.StepFunctionsStartExecution(machine),
        time_window=scheduler.TimeWindow.flexible(window) if window else None,
    )
    made.node.add_dependency(policy)
    resource = made.node.default_child
    assert isinstance(resource, scheduler.CfnSchedule)  # noqa: S101 - for the type checker
    # Not the target's `input`: the CDK escapes what replaces text in it a second time.
    written = to_json(scope_facts(scope).stack, content)
    resource.add_property_override("Target.Input", written)
    return made
