"""A batch segment job that a deployment creates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cdk_personalize_batch import limits
from cdk_personalize_batch.jobs.base import BatchJob
from cdk_personalize_batch.jobs.imported import ImportedBatchJob
from cdk_personalize_batch.jobs.options import JobOptions
from cdk_personalize_batch.jobs.waiting import Waiting
from cdk_personalize_batch.request.argument_types import typed
from cdk_personalize_batch.request.job_request import JobRequest
from cdk_personalize_batch.request.kind import SEGMENT

if TYPE_CHECKING:
    from aws_cdk import Duration
    from constructs import Construct

    from cdk_personalize_batch.jobs.interface import IBatchJob
    from cdk_personalize_batch.request.job_input import JobInput
    from cdk_personalize_batch.request.job_output import JobOutput
    from cdk_personalize_batch.request.solution_version import SolutionVersion
    from cdk_personalize_batch.storage.batch_storage import BatchStorage


class BatchSegmentJob(BatchJob):
    """Creates an Amazon Personalize batch segment job when the stack is deployed.

    It answers each record, an item or a condition on items' attributes, with users who are likely
    to be interested. It is made, created once, waited for and deleted like a `BatchInferenceJob`,
    with which it can share storage.

    Args:
        scope: The parent construct.
        id: The construct id, unique in ``scope``.
        solution_version: The model, of the Item-Affinity or Item-Attribute-Affinity recipe.
        job_input: The records: ``{"itemId": "…"}``, at most 500 a file, or
            ``{"itemAttributes": "…"}``, at most 10 a file. Source: the developer guide, "Amazon
            Personalize endpoints and quotas".
        job_output: Where the results go. Default: - ``s3://<output bucket>/<job name>/``.
        storage: The role and the buckets, to share them between jobs. Default: - the job's own.
        job_name: The name of the job; see `BatchInferenceJob`. Default: - made from the
            construct's path and the request.
        filter_arn: The ARN of a filter. Default: - no filter.
        num_results: How many users each segment gets, from 1 to 5 million. Default: - the
            service's, 25.
        tags: Tags of the job beside those of ``Tags.of``, which they win over; at most 50.
            Default: - only those of ``Tags.of``.
        run_key: Any text; change it to run the same request again. Default: - the job runs once.
        wait_up_to: How long the deployment waits for the end of the job, at most 12 hours.
            Default: - the deployment does not wait.
        poll_interval: How often a job is looked at while the deployment waits. Default: - every
            90 seconds.
        preflight: Whether the function checks solution version and input before it creates the
            job. Default: - it does.

    Raises:
        ValidationError: If Amazon Personalize would refuse the request; it lists all problems.
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
        tags: Mapping[str, str] | None = None,
        run_key: str | None = None,
        wait_up_to: Duration | None = None,
        poll_interval: Duration | None = None,
        preflight: bool = True,
    ) -> None:
        super().__init__(
            scope,
            id,
            kind=SEGMENT,
            request=JobRequest(
                solution_version=solution_version,
                job_name=job_name,
                filter_arn=filter_arn,
                num_results=num_results,
                most_results=limits.USERS_PER_SEGMENT,
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
        """Refers to a segment job that something else has created; makes and checks nothing.

        Args:
            scope: The parent construct.
            id: The construct id, unique in ``scope``.
            job_arn: The ARN of the job.

        Raises:
            ValidationError: If the ARN is not that of a segment job.
        """
        return ImportedBatchJob(scope, id, kind=SEGMENT, job_arn=job_arn)
