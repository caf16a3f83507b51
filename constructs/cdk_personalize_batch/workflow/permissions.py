"""What the role of a workflow, and the function that cuts its input, may do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from aws_cdk import aws_iam as iam

from cdk_personalize_batch.permissions.actions import PERSONALIZE, solution_arns
from cdk_personalize_batch.states.machines.workflow import NAMESPACE
from cdk_personalize_batch.states.steps.ends import MANIFEST_NAME
from cdk_personalize_batch.states.steps.shards import RESULTS_FOLDER

if TYPE_CHECKING:
    from cdk_personalize_batch.functions.shard_function import ShardFunction
    from cdk_personalize_batch.request.kind import JobKind
    from cdk_personalize_batch.request.solution_version import SolutionVersion
    from cdk_personalize_batch.storage.places import Places

_USE_KEY: Final = ("kms:Decrypt", "kms:GenerateDataKey")


def machine_statements(
    *,
    kind: JobKind,
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
        kind: Inference or segment.
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
    solution = solution_arns(version)
    creatable = [jobs, *solution] if kind.uses_solution else [jobs]
    yield _allow([kind.create_action], creatable)
    yield _allow([kind.describe_action], [jobs])
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
        conditions={"StringEquals": {"iam:PassedToService": PERSONALIZE}},
    )
    yield _allow(["s3:ListBucket"], [places.source.facts.arn])
    yield _allow(["s3:PutObject"], [_manifests(places)])
    yield _allow(["lambda:InvokeFunction"], [function_arn])
    # A distributed Map reads its items, and its children are executions of the machine itself.
    # Source: the Step Functions developer guide, "IAM policies for using Distributed Map states".
    yield _allow(["s3:GetObject"], [places.target.facts.objects(places.work_prefix, "*/plan/*")])
    # Its results are files of another folder, which a large Map uploads in parts.
    yield _allow(
        [
            "s3:PutObject",
            "s3:GetObject",
            "s3:ListMultipartUploadParts",
            "s3:AbortMultipartUpload",
        ],
        [places.target.facts.objects(places.work_prefix, f"*/{RESULTS_FOLDER}/*")],
    )
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
    if places.target.key_arn is not None:
        yield _allow(_USE_KEY, [places.target.key_arn])


def allow_shards(function: ShardFunction, places: Places) -> None:
    """Lets the function plan and copy the input of a workflow, and write its manifest."""
    source, target = places.source.facts, places.target.facts
    function.allow(("s3:ListBucket",), source.arn)
    function.allow(("s3:GetObject",), source.objects(places.source.prefix))
    for actions, resource in (
        (("s3:ListBucket", "s3:ListBucketMultipartUploads"), target.arn),
        (
            ("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"),
            target.objects(places.work_prefix),
        ),
        (("s3:GetObject", "s3:PutObject"), _manifests(places)),
    ):
        function.allow(actions, resource)
        # Where the jobs read and write, the bucket lets this account in; this is what they do not.
        places.storage._allow_account(places.target.bucket, actions, resource)
    for key_arn in {places.source.key_arn, places.target.key_arn} - {None}:
        function.allow(_USE_KEY, str(key_arn))


def _manifests(places: Places) -> str:
    return places.target.facts.objects(places.run_prefix, f"*/{MANIFEST_NAME}")


def _allow(actions: Sequence[str], resources: Sequence[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=list(actions), resources=list(resources))
