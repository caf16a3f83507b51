"""What both kinds of jobs take alike, beside the request, and what can be wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdk_personalize_batch.request import checks
from cdk_personalize_batch.request.paths import key_problems, path_problems
from cdk_personalize_batch.request.tags import tag_problems

if TYPE_CHECKING:
    from aws_cdk import Duration

    from cdk_personalize_batch._cdk.facts import ScopeFacts
    from cdk_personalize_batch.jobs.waiting import Waiting
    from cdk_personalize_batch.request.job_input import JobInput
    from cdk_personalize_batch.request.job_output import JobOutput
    from cdk_personalize_batch.request.job_request import JobRequest
    from cdk_personalize_batch.storage.batch_storage import BatchStorage


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOptions:
    """What the two constructs take alike, beside the request.

    Attributes:
        job_input: The input.
        job_output: The output; None for the storage's output bucket.
        storage: The storage; None for one of the job's own.
        tags: The job's own tags.
        run_key: Makes equal requests different.
        waiting: How long the deployment waits; None for not at all.
        poll_interval: How often it looks, which goes with waiting.
        preflight: Whether the function checks the request before it creates the job.
    """

    job_input: JobInput
    job_output: JobOutput | None
    storage: BatchStorage | None
    tags: Mapping[str, str] | None
    run_key: str | None
    waiting: Waiting | None
    poll_interval: Duration | None
    preflight: bool


def job_problems(
    facts: ScopeFacts,
    request: JobRequest,
    options: JobOptions,
    output: JobOutput | None,
    name_pattern: str,
) -> list[str]:
    """Returns everything that is wrong with a job.

    Args:
        facts: The construct around the job.
        request: The request.
        options: The rest.
        output: The output; None for a bucket of the job's own.
        name_pattern: The name of the job, or what such names look like.
    """
    problems = request.validate(facts.region, facts.account)
    problems += options.job_input._validate(request.record_format)
    problems += path_problems(options.job_input, output, name_pattern, facts.region)
    problems += key_problems(options.job_input, output)
    problems += tag_problems(options.tags or {})
    problems += _run_key_problems(request, options.run_key)
    if options.waiting is not None:
        problems += options.waiting.validate()
    elif options.poll_interval is not None:
        problems.append("poll_interval needs wait_up_to; give both, or leave it out")
    return problems


def _run_key_problems(request: JobRequest, run_key: str | None) -> list[str]:
    if run_key is None:
        return []
    if request.job_name is None:
        return checks.resolved_text("run_key", run_key)
    return [
        "run_key changes nothing where job_name is given, because a job's name is taken for ever; "
        "change job_name to run again, or leave it out"
    ]
