"""What both kinds of workflows take alike, beside the request, and what can be wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cdk_personalize_batch import limits
from cdk_personalize_batch.request import checks
from cdk_personalize_batch.request.paths import key_problems, path_problems
from cdk_personalize_batch.request.tags import tag_problems
from cdk_personalize_batch.states.run.run_input import LONGEST_RUN

if TYPE_CHECKING:
    from aws_cdk import Duration
    from aws_cdk import aws_sns as sns

    from cdk_personalize_batch._cdk.facts import ScopeFacts
    from cdk_personalize_batch.request.job_input import JobInput
    from cdk_personalize_batch.request.job_output import JobOutput
    from cdk_personalize_batch.request.job_request import JobRequest
    from cdk_personalize_batch.storage.batch_storage import BatchStorage
    from cdk_personalize_batch.workflow.schedule import RunSchedule

DEFAULT_TIMEOUT_SECONDS: Final = 86_400
DEFAULT_POLL_SECONDS: Final = 120
DEFAULT_CONCURRENCY: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowOptions:
    """What the two constructs take alike, beside the request.

    Attributes:
        job_input: The input of every run.
        job_output: The output; None for the storage's output bucket.
        storage: The storage; None for one of the workflow's own.
        tags: The tags of the jobs.
        timeout: How long a run may take; None for a day.
        poll_interval: How long to wait between two looks at a job; None for two minutes.
        max_concurrency: How many shards run at the same time; None for five.
        schedule: When runs start; None for not by themselves.
        on_failure_topic: Gets a message for each run that fails; None for none.
    """

    job_input: JobInput
    job_output: JobOutput | None
    storage: BatchStorage | None
    tags: Mapping[str, str] | None
    timeout: Duration | None
    poll_interval: Duration | None
    max_concurrency: int | None
    schedule: RunSchedule | None
    on_failure_topic: sns.ITopic | None


def workflow_problems(
    facts: ScopeFacts,
    request: JobRequest,
    options: WorkflowOptions,
    output: JobOutput | None,
    slug: str,
) -> list[str]:
    """Returns everything that is wrong with a workflow."""
    problems = request.validate(facts.region, facts.account)
    problems += options.job_input._validate(request.record_format)
    if options.job_input._is_uploaded:
        problems.append(
            "job_input must lie in a bucket, because every run reads it anew; put it there and use "
            "JobInput.from_bucket or JobInput.from_s3_uri"
        )
    longest = f"{slug}/{'x' * LONGEST_RUN}/shard-00001"
    problems += path_problems(options.job_input, output, longest, facts.region)
    problems += key_problems(options.job_input, output)
    problems += tag_problems(options.tags or {})
    if options.schedule is not None:
        # Loaded only where it is needed: EventBridge Scheduler is a module of its own.
        from cdk_personalize_batch.workflow.schedule import schedule_problems

        problems += schedule_problems(options.schedule)
    problems += _duration_problems("timeout", options.timeout)
    problems += _duration_problems("poll_interval", options.poll_interval)
    problems += _order_problems(options.poll_interval, options.timeout)
    if options.max_concurrency is not None:
        problems += checks.whole_number(
            "max_concurrency",
            options.max_concurrency,
            least=1,
            most=limits.DISTRIBUTED_MAP_CONCURRENCY,
        )
    return problems


def _duration_problems(name: str, value: Duration | None) -> list[str]:
    if value is None or value.is_unresolved():
        return []
    seconds = float(value.to_seconds(integral=False))
    if seconds.is_integer() and seconds >= 1:
        return []
    return [f"{name} must be a whole number of seconds, at least 1, got {seconds:g} seconds"]


def _order_problems(poll_interval: Duration | None, timeout: Duration | None) -> list[str]:
    if poll_interval is None or timeout is None:
        return []
    if poll_interval.is_unresolved() or timeout.is_unresolved():
        return []
    return checks.poll_interval(
        float(poll_interval.to_seconds(integral=False)),
        longest=float(timeout.to_seconds(integral=False)),
        name="timeout",
    )


def seconds_of(value: Duration | None, default: int) -> int:
    """Returns a duration in seconds, or what holds where none is given."""
    return default if value is None else int(value.to_seconds())
