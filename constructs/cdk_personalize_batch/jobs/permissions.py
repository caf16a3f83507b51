"""What the Lambda function of a stack may do for a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk_personalize_batch.permissions.actions import (
    LIST_BUCKET,
    PERSONALIZE,
    READ_OBJECTS,
    WRITE_OBJECTS,
    solution_arns,
)

if TYPE_CHECKING:
    from cdk_personalize_batch._cdk.facts import ScopeFacts
    from cdk_personalize_batch.functions.job_function import RuntimeFunction
    from cdk_personalize_batch.request.job_input import BoundInput
    from cdk_personalize_batch.request.kind import JobKind
    from cdk_personalize_batch.request.solution_version import SolutionVersion
    from cdk_personalize_batch.storage.places import Place, Places


def allow_job(
    runtime: RuntimeFunction,
    facts: ScopeFacts,
    kind: JobKind,
    solution_version: SolutionVersion,
    role_arn: str,
) -> None:
    """Lets the function create, describe and tag a job, and give it its role."""
    jobs = kind.arn(facts, "*")
    runtime.allow((kind.create_action,), jobs)
    if kind.uses_solution:
        for resource in solution_arns(solution_version):
            runtime.allow((kind.create_action,), resource)
    runtime.allow((kind.describe_action,), jobs)
    # Also for a job without tags: the stack may have had some before, which are taken away then.
    tagging = ("TagResource", "UntagResource", "ListTagsForResource")
    runtime.allow(tuple(f"personalize:{action}" for action in tagging), jobs)
    if solution_version.solution_arn is not None:
        # The action takes no resource.
        runtime.allow(("personalize:ListSolutionVersions",), "*")
    runtime.allow(
        ("iam:PassRole",), role_arn, {"StringEquals": {"iam:PassedToService": PERSONALIZE}}
    )


def allow_input_copy(runtime: RuntimeFunction, bound: BoundInput, places: Places) -> None:
    """Lets the function copy the asset, if the input is one, into the input bucket."""
    if bound.asset is not None:
        source = places.source
        asset = bound.asset
        runtime.allow(READ_OBJECTS, asset.bucket.arn_for_objects(asset.s3_object_key))
        if runtime.bootstrap_key_arn is not None:
            runtime.allow(("kms:Decrypt",), runtime.bootstrap_key_arn)
        runtime.allow(WRITE_OBJECTS, source.facts.objects())
        places.storage._allow_account(source.bucket, WRITE_OBJECTS, source.facts.objects())
        if source.facts.key_arn is not None:
            runtime.allow(("kms:GenerateDataKey",), source.facts.key_arn)


def allow_preflight(
    runtime: RuntimeFunction, solution_version: SolutionVersion, bound: BoundInput, source: Place
) -> None:
    """Lets the function look at the solution version and the input before it creates the job."""
    for resource in solution_arns(solution_version):
        runtime.allow(("personalize:DescribeSolutionVersion",), resource)
    # An asset can be read already, to copy it.
    if bound.asset is None:
        runtime.allow(LIST_BUCKET, source.facts.arn)
        runtime.allow(READ_OBJECTS, source.facts.objects(source.prefix))
        if source.key_arn is not None:
            runtime.allow(("kms:Decrypt",), source.key_arn)
