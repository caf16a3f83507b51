"""Workflows: the same batch request again and again, over input of any size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cdk_personalize_batch import limits
from cdk_personalize_batch.records.formats import RecordFormat
from cdk_personalize_batch.request.argument_types import typed
from cdk_personalize_batch.request.job_request import InferenceRequest, JobRequest
from cdk_personalize_batch.request.kind import INFERENCE, SEGMENT
from cdk_personalize_batch.workflow.base import BatchWorkflow
from cdk_personalize_batch.workflow.options import WorkflowOptions

if TYPE_CHECKING:
    from aws_cdk import Duration
    from aws_cdk import aws_sns as sns
    from constructs import Construct

    from cdk_personalize_batch.request.job_input import JobInput
    from cdk_personalize_batch.request.job_output import JobOutput
    from cdk_personalize_batch.request.options import (
        ItemExploration,
        RankingInfluence,
        ThemeGeneration,
    )
    from cdk_personalize_batch.request.solution_version import SolutionVersion
    from cdk_personalize_batch.storage.batch_storage import BatchStorage
    from cdk_personalize_batch.workflow.schedule import RunSchedule


class BatchInferenceWorkflow(BatchWorkflow):
    """Runs Amazon Personalize batch inference jobs, as often as it is started.

    Makes a Standard state machine of AWS Step Functions; each execution is a run. A run takes the
    solution version, looks at the input, creates a job, waits for its end, and answers with a
    document: jobs, output, counts. Input over the quotas of one job is cut into shards, with a job
    each. A failed run has the failure reason of Amazon Personalize as its cause.

    Without large input there is no Lambda function in a run. The output of a run lies in a folder
    of its own, ``<output>/<path of the construct>/<run>/``, where the run is named by the execution
    or by the key ``runKey`` of its input. One run makes one job, however often it is repeated.

    Amazon Personalize can neither stop nor delete a job: when a run is stopped, its jobs go on and
    are billed.

    Args:
        scope: The parent construct.
        id: The construct id, unique in ``scope``.
        solution_version: The model; with `SolutionVersion.latest` each run takes the version that
            is the newest ACTIVE one then.
        job_input: The records, in a bucket: every run reads what lies there then.
        job_output: Where the results go. Default: - the storage's output bucket.
        storage: The role and the buckets, to share them. Default: - the workflow's own.
        filter_arn: The ARN of a filter. Default: - no filter.
        num_results: How many results each record gets, at least 1. Default: - the service's, 25.
        item_exploration: How much User-Personalization jobs explore new items. Default: - as the
            service does it.
        ranking_influence: How far Semantic-Similarity jobs prefer popular and new items. Default: -
            not at all.
        theme_generation: Has Similar-Items jobs name a theme for each list. Default: - no themes.
        tags: Tags of the jobs; those of ``Tags.of`` are for the resources of the stack, such as the
            state machine. Default: - none.
        timeout: How long a run may take, waiting for other jobs included. Default: - one day.
        poll_interval: The shortest time between two looks at a job; they become rarer, to a
            fortieth of the time of the run. Default: - two minutes, with which a job of 25 minutes
            takes about 50 state transitions.
        max_concurrency: How many shards of large input run at the same time, at most 10,000 (Step
            Functions guide, "Using Map state in Distributed mode"); more than the account's quota
            of running jobs only wait for it. Default: - 5, the service's quota.
        schedule: When runs start by themselves. Default: - they do not.
        on_failure_topic: Gets a message for each run that fails, runs out of time or is stopped,
            with the reason and a link to the console. Default: - no messages.

    Raises:
        ValidationError: If Amazon Personalize would refuse the request, or the input is a local
            file; it lists all problems.

    Example:
        ```python
        workflow = BatchInferenceWorkflow(
            stack,
            "Nightly",
            solution_version=SolutionVersion.latest(solution_arn),
            job_input=JobInput.from_bucket(bucket, prefix="users/"),
        )
        ```
    """

    @typed
    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        solution_version: SolutionVersion,
        job_input: JobInput,
        job_output: JobOutput | None = None,
        storage: BatchStorage | None = None,
        filter_arn: str | None = None,
        num_results: int | None = None,
        item_exploration: ItemExploration | None = None,
        ranking_influence: RankingInfluence | None = None,
        theme_generation: ThemeGeneration | None = None,
        tags: Mapping[str, str] | None = None,
        timeout: Duration | None = None,
        poll_interval: Duration | None = None,
        max_concurrency: int | None = None,
        schedule: RunSchedule | None = None,
        on_failure_topic: sns.ITopic | None = None,
    ) -> None:
        super().__init__(
            scope,
            id,
            kind=INFERENCE,
            request=InferenceRequest(
                solution_version=solution_version,
                filter_arn=filter_arn,
                num_results=num_results,
                item_exploration=item_exploration,
                ranking_influence=ranking_influence,
                theme_generation=theme_generation,
            ),
            records_per_file=(
                RecordFormat.USERS if theme_generation is None else RecordFormat.THEMES
            ).max_records,
            options=WorkflowOptions(
                job_input=job_input,
                job_output=job_output,
                storage=storage,
                tags=tags,
                timeout=timeout,
                poll_interval=poll_interval,
                max_concurrency=max_concurrency,
                schedule=schedule,
                on_failure_topic=on_failure_topic,
            ),
        )


class BatchSegmentWorkflow(BatchWorkflow):
    """Runs Amazon Personalize batch segment jobs, as often as it is started.

    It is made and works like a `BatchInferenceWorkflow`, with which it can share storage. A run
    also asks for the recipe of the solution version, because the recipe decides how many records a
    file may have: 500 for Item-Affinity, 10 for Item-Attribute-Affinity.

    Args:
        scope: The parent construct.
        id: The construct id, unique in ``scope``.
        solution_version: The model, of the Item-Affinity or Item-Attribute-Affinity recipe.
        job_input: The records, in a bucket: every run reads what lies there then.
        job_output: Where the results go. Default: - the storage's output bucket.
        storage: The role and the buckets, to share them. Default: - the workflow's own.
        filter_arn: The ARN of a filter. Default: - no filter.
        num_results: How many users each segment gets, from 1 to 5 million. Default: - the
            service's, 25.
        tags: Tags of the jobs. Default: - none.
        timeout: How long a run may take. Default: - one day.
        poll_interval: The shortest time between two looks at a job. Default: - two minutes.
        max_concurrency: How many shards of large input run at the same time, at most 10,000.
            Default: - 5.
        schedule: When runs start by themselves. Default: - they do not.
        on_failure_topic: Gets a message for each run that fails. Default: - no messages.

    Raises:
        ValidationError: If Amazon Personalize would refuse the request, or the input is a local
            file; it lists all problems.
    """

    @typed
    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        solution_version: SolutionVersion,
        job_input: JobInput,
        job_output: JobOutput | None = None,
        storage: BatchStorage | None = None,
        filter_arn: str | None = None,
        num_results: int | None = None,
        tags: Mapping[str, str] | None = None,
        timeout: Duration | None = None,
        poll_interval: Duration | None = None,
        max_concurrency: int | None = None,
        schedule: RunSchedule | None = None,
        on_failure_topic: sns.ITopic | None = None,
    ) -> None:
        super().__init__(
            scope,
            id,
            kind=SEGMENT,
            request=JobRequest(
                solution_version=solution_version,
                filter_arn=filter_arn,
                num_results=num_results,
                most_results=limits.USERS_PER_SEGMENT,
            ),
            records_per_file=None,
            options=WorkflowOptions(
                job_input=job_input,
                job_output=job_output,
                storage=storage,
                tags=tags,
                timeout=timeout,
                poll_interval=poll_interval,
                max_concurrency=max_concurrency,
                schedule=schedule,
                on_failure_topic=on_failure_topic,
            ),
        )
