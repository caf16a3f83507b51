"""What both kinds of workflows take alike, beside the request, and what can be wrong with it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cdk_personalize_batch import _checks, _job_tags, _limits
from cdk_personalize_batch._job_paths import path_problems
from cdk_personalize_batch._workflow_input import LONGEST_RUN

if TYPE_CHECKING:
    from aws_cdk import Duration
    from aws_cdk import aws_sns as sns

    from cdk_personalize_batch._workflow_schedule import RunSchedule
    from cdk_personalize_batch.job_input import JobInput
    from cdk_personalize_batch.job_output import JobOutput
    from cdk_personalize_batch.request import JobRequest
    from cdk_personalize_batch.storage import BatchStorage

DEFAULT_TIMEOUT_SECONDS: Final = 86_400
DEFAULT_POLL_SECONDS: Final = 120
DEFAULT_CONCURRENCY: Final = 5
# Of an inline Map.
_MOST_CONCURRENCY: Final = 40
# A hyphen and 12 characters of a hash, a hyphen and 5 digits of a shard, a hyphen and 3 of a retry.
_LONGEST_SLUG: Final = _limits.LONGEST_JOB_NAME - 13 - 6 - 4
_MARK_DIGITS: Final = 6


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
    region: str,
    request: JobRequest,
    options: WorkflowOptions,
    output: JobOutput | None,
    slug: str,
) -> list[str]:
    problems = request.validate(region)
    problems += options.job_input._validate(request.record_format)
    if options.job_input._is_uploaded:
        problems.append(
            "job_input must lie in a bucket, because every run reads it anew; put it there and use "
            "JobInput.from_bucket or JobInput.from_s3_uri"
        )
    longest = f"{slug}/{'x' * LONGEST_RUN}/shard-00001"
    problems += path_problems(options.job_input, output, longest, region)
    problems += _job_tags.tag_problems(options.tags or {})
    problems += _duration_problems("timeout", options.timeout)
    problems += _duration_problems("poll_interval", options.poll_interval)
    if options.max_concurrency is not None:
        problems += _checks.whole_number(
            "max_concurrency", options.max_concurrency, least=1, most=_MOST_CONCURRENCY
        )
    return problems


def _duration_problems(name: str, value: Duration | None) -> list[str]:
    if value is None or value.is_unresolved():
        return []
    seconds = float(value.to_seconds(integral=False))
    if seconds.is_integer() and seconds >= 1:
        return []
    return [f"{name} must be a whole number of seconds, at least 1, got {seconds:g} seconds"]


def seconds_of(value: Duration | None, default: int) -> int:
    return default if value is None else int(value.to_seconds())


def workflow_slug(path: str) -> str:
    """Makes the readable part of the names of jobs, and the folder, from a construct's path."""
    words = re.sub(r"[^a-zA-Z0-9_]+", "-", path).strip("-_") or "workflow"
    if len(words) <= _LONGEST_SLUG:
        return words
    # A folder belongs to one workflow only: what tells two long paths apart may have been cut.
    mark = hashlib.sha256(path.encode()).hexdigest()[:_MARK_DIGITS]
    return f"{words[_MARK_DIGITS + 1 - _LONGEST_SLUG :].lstrip('-_')}-{mark}"
