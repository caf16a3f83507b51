"""What the role of a workflow, and the function that cuts its input, may do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aws_cdk import aws_iam as iam

from cdk_personalize_batch import _permissions
from cdk_personalize_batch._workflow_definition import NAMESPACE
from cdk_personalize_batch._workflow_ends import MANIFEST_NAME

if TYPE_CHECKING:
    from cdk_personalize_batch._facts import BucketFacts
    from cdk_personalize_batch._workflow_runtime import ShardFunction
    from cdk_personalize_batch.solution_version import SolutionVersion

_USE_KEY: Final = ("kms:Decrypt", "kms:GenerateDataKey")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The buckets of a workflow and where in them it reads and writes.

    Attributes:
        source: The bucket of the input.
        source_prefix: What keys of the input begin with.
        source_uri: The URI of the input.
        source_key_arn: The KMS key of the input.
        target: The bucket of the output.
        target_prefix: The folder of all runs.
        target_key_arn: The KMS key of the output.
        work_prefix: The folder of copies, in the bucket of the output.
    """

    source: BucketFacts
    source_prefix: str
    source_uri: str
    source_key_arn: str | None
    target: BucketFacts
    target_prefix: str
    target_key_arn: str | None
    work_prefix: str


def machine_statements(
    *,
    kind: str,
    jobs: str,
    version: SolutionVersion,
    describes_version: bool,
    tags_jobs: bool,
    role_arn: str,
    function_arn: str,
    machine_arn: str,
    executions: str,
    places: Places,
) -> Iterator[iam.PolicyStatement]:
    """Yields what the state machine may do.

    Args:
        kind: ``BatchInferenceJob`` or ``BatchSegmentJob``.
        jobs: The pattern of the ARNs of jobs.
        version: The model.
        describes_version: Whether it asks for the recipe of the model.
        tags_jobs: Whether jobs can have tags.
        role_arn: The role that jobs get.
        function_arn: The function that cuts large input.
        machine_arn: The state machine itself.
        executions: What the ARNs of its executions begin with.
        places: The buckets.
    """
    solution = _permissions.solution_arns(version)
    creatable = [jobs, *solution] if kind == "BatchInferenceJob" else [jobs]
    yield _allow([f"personalize:Create{kind}"], creatable)
    yield _allow([f"personalize:Describe{kind}"], [jobs])
    if tags_jobs:
        yield _allow(["personalize:TagResource"], [jobs])
    if version.solution_arn is not None:
        # The action takes no resource.
        yield _allow(["personalize:ListSolutionVersions"], ["*"])
    if describes_version:
        yield _allow(["personalize:DescribeSolutionVersion"], solution)
    yield iam.PolicyStatement(
        actions=["iam:PassRole"],
        resources=[role_arn],
        conditions={"StringEquals": {"iam:PassedToService": _permissions.PERSONALIZE}},
    )
    yield _allow(["s3:ListBucket"], [places.source.arn])
    yield _allow(["s3:PutObject"], [_manifests(places)])
    yield _allow(["lambda:InvokeFunction"], [function_arn])
    # A distributed Map reads its items, and its children are executions of the machine itself.
    # Source: the Step Functions developer guide, "IAM policies for using Distributed Map states".
    yield _allow(["s3:GetObject"], [places.target.objects(f"{places.work_prefix}*/plan/*")])
    yield _allow(["states:StartExecution", "states:ListExecutions"], [machine_arn])
    yield _allow(
        ["states:DescribeExecution", "states:RedriveExecution", "states:StopExecution"],
        [f"{executions}:*", f"{executions}/*"],
    )
    yield iam.PolicyStatement(
        actions=["cloudwatch:PutMetricData"],
        resources=["*"],
        conditions={"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
    )
    if places.target_key_arn is not None:
        yield _allow(_USE_KEY, [places.target_key_arn])


def allow_shards(function: ShardFunction, places: Places) -> None:
    """Lets the function plan and copy the input of a workflow, and write its manifest.

    Args:
        function: The function.
        places: The buckets.
    """
    source, target, work = places.source, places.target, f"{places.work_prefix}*"
    function.allow(("s3:ListBucket",), source.arn)
    function.allow(("s3:ListBucket", "s3:ListBucketMultipartUploads"), target.arn)
    function.allow(("s3:GetObject",), source.objects(f"{places.source_prefix}*"))
    function.allow(
        ("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"), target.objects(work)
    )
    function.allow(("s3:PutObject",), _manifests(places))
    for key_arn in {places.source_key_arn, places.target_key_arn} - {None}:
        function.allow(_USE_KEY, str(key_arn))


def _manifests(places: Places) -> str:
    return places.target.objects(f"{places.target_prefix}*/{MANIFEST_NAME}")


def _allow(actions: Sequence[str], resources: Sequence[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=list(actions), resources=list(resources))
