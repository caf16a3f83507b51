"""All that the state machine of a workflow depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cdk_personalize_batch.request.kind import JobKind


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowFacts:
    """All that the definition of a workflow depends on.

    Attributes:
        kind: Inference or segment.
        request: The request without name, version and paths, as Step Functions names its fields.
        solution_version_arn: The model; None for the newest one of the solution.
        solution_arn: The solution whose newest ACTIVE version is used.
        input_uri: The URI of the input.
        output_uri: The folder of all runs, with its ``/``.
        work_uri: The folder of copies of large input, with its ``/``.
        input_key_arn: The KMS key of the input.
        output_key_arn: The KMS key of the output, and of the copies beside it.
        slug: What the names of jobs begin with.
        partition: The partition of ARNs.
        jobs: What the ARNs of jobs begin with, with its ``/``.
        function_arn: The function that cuts large input.
        records_per_file: The most records of a file; None for a segment job, whose recipe decides.
        most_results: The largest number of results; None for no limit.
        poll_seconds: How long to wait between two looks at a job.
        timeout_seconds: How long a run may take.
        max_concurrency: How many shards run at the same time.
    """

    kind: JobKind
    request: Mapping[str, Any]
    solution_version_arn: str | None
    solution_arn: str | None
    input_uri: str
    output_uri: str
    work_uri: str
    input_key_arn: str | None = None
    output_key_arn: str | None = None
    slug: str
    partition: str
    jobs: str
    function_arn: str
    records_per_file: int | None
    most_results: int | None = None
    poll_seconds: int
    timeout_seconds: int
    max_concurrency: int
