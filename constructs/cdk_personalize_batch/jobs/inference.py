"""A batch inference job that a deployment creates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cdk_personalize_batch.jobs.base import BatchJob
from cdk_personalize_batch.jobs.imported import ImportedBatchJob
from cdk_personalize_batch.jobs.options import JobOptions
from cdk_personalize_batch.jobs.waiting import Waiting
from cdk_personalize_batch.request.argument_types import typed
from cdk_personalize_batch.request.job_request import InferenceRequest
from cdk_personalize_batch.request.kind import INFERENCE

if TYPE_CHECKING:
    from aws_cdk import Duration
    from constructs import Construct

    from cdk_personalize_batch.jobs.interface import IBatchJob
    from cdk_personalize_batch.request.job_input import JobInput
    from cdk_personalize_batch.request.job_output import JobOutput
    from cdk_personalize_batch.request.options import (
        ItemExploration,
        RankingInfluence,
        ThemeGeneration,
    )
    from cdk_personalize_batch.request.solution_version import SolutionVersion
    from cdk_personalize_batch.storage.batch_storage import BatchStorage


class BatchInferenceJob(BatchJob):
    """Creates an Amazon Personalize batch inference job when the stack is deployed.

    Makes a role and two buckets, unless it is given a storage, and a custom resource whose Lambda
    function, one for each stack, calls ``CreateBatchInferenceJob``. The job is created once for
    each request: an unchanged stack creates none, a change of the request creates another one.

    Amazon Personalize can neither stop nor delete a job: when the stack is rolled back or deleted,
    a running job goes on and is billed.

    Args:
        scope: The parent construct.
        id: The construct id, unique in ``scope``.
        solution_version: The model. Its recipe says what records hold.
        job_input: The records: a local file, values, or objects in S3.
        job_output: Where the results go. Default: - ``s3://<output bucket>/<job name>/``.
        storage: The role and the buckets, to share them between jobs. Default: - the job's own.
        job_name: The name of the job, unique for ever in account and Region; at most 63 letters,
            digits, hyphens and underscores (botocore shape ``Name``). With a name, another request
            is refused until the name is changed. Default: - made from the construct's path and the
            request.
        filter_arn: The ARN of a filter. Default: - no filter.
        num_results: How many results each record gets, at least 1. Default: - the service's, 25.
        item_exploration: How much a User-Personalization job explores new items. Default: - as
            the service does it.
        ranking_influence: How far a Semantic-Similarity job prefers popular and new items.
            Default: - not at all.
        theme_generation: Has a Similar-Items job name a theme for each list; sets the job's mode.
            Default: - no themes.
        tags: Tags of the job beside those of ``Tags.of``, which they win over; at most 50.
            Default: - only those of ``Tags.of``.
        run_key: Any text; change it to run the same request again. Default: - the job runs once.
        wait_up_to: How long the deployment waits for the end of the job, at most 12 hours
            (CloudFormation's longest); it fails when the job fails, with the reason, and when the
            time is over. A batch job takes some 15 minutes at least. Default: - the deployment
            does not wait.
        poll_interval: How often a job is looked at while the deployment waits. Default: - every
            90 seconds.
        preflight: Whether the function checks, before it creates the job, that the solution
            version is ACTIVE and its recipe fits, and that the input exists, keeps the quotas and
            begins with records of the recipe. Needs permission to read the input. Default: - it
            does.

    Raises:
        ValidationError: If Amazon Personalize would refuse the request; it lists all problems.

    Example:
        ```python
        BatchInferenceJob(
            stack,
            "Batch",
            solution_version=SolutionVersion.from_arn(arn),
            job_input=JobInput.from_asset("users.json"),
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
        job_name: str | None = None,
        filter_arn: str | None = None,
        num_results: int | None = None,
        item_exploration: ItemExploration | None = None,
        ranking_influence: RankingInfluence | None = None,
        theme_generation: ThemeGeneration | None = None,
        tags: Mapping[str, str] | None = None,
        run_key: str | None = None,
        wait_up_to: Duration | None = None,
        poll_interval: Duration | None = None,
        preflight: bool = True,
    ) -> None:
        super().__init__(
            scope,
            id,
            kind=INFERENCE,
            request=InferenceRequest(
                solution_version=solution_version,
                job_name=job_name,
                filter_arn=filter_arn,
                num_results=num_results,
                item_exploration=item_exploration,
                ranking_influence=ranking_influence,
                theme_generation=theme_generation,
            ),
            options=JobOptions(
                job_input=job_input,
                job_output=job_output,
                storage=storage,
                tags=tags,
                run_key=run_key,
                waiting=Waiting(wait_up_to, poll_interval) if wait_up_to else None,
                poll_interval=poll_interval,
                preflight=preflight,
            ),
        )

    @classmethod
    @typed
    def from_job_arn(cls, scope: Construct, id: str, job_arn: str) -> IBatchJob:
        """Refers to an inference job that something else has created; makes and checks nothing.

        Args:
            scope: The parent construct.
            id: The construct id, unique in ``scope``.
            job_arn: The ARN of the job.

        Raises:
            ValidationError: If the ARN is not that of an inference job.
        """
        return ImportedBatchJob(scope, id, kind=INFERENCE, job_arn=job_arn)
