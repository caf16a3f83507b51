"""Which actions the constructs allow, by purpose; and what the Lambda function gets for a job.

Source of the S3 actions: the developer guide, "Giving Amazon Personalize access to Amazon S3
resources". Its sample allows all three actions on one bucket; here input is only read and output
is only written, which is the split that the guide documents for import and export jobs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import Fn

from cdk_personalize_batch._tokens import is_token

if TYPE_CHECKING:
    from cdk_personalize_batch._facts import BucketFacts
    from cdk_personalize_batch._singletons import RuntimeFunction
    from cdk_personalize_batch.job_input import BoundInput
    from cdk_personalize_batch.solution_version import SolutionVersion

PERSONALIZE: Final = "personalize.amazonaws.com"

READ_OBJECTS: Final = ("s3:GetObject",)
WRITE_OBJECTS: Final = ("s3:PutObject",)
LIST_BUCKET: Final = ("s3:ListBucket",)

# Source: the developer guide, "Giving Amazon Personalize permission to use your AWS KMS key".
USE_KEY: Final = (
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "kms:DescribeKey",
    "kms:ListGrants",
    "kms:CreateGrant",
)

WRITE_LOGS: Final = ("logs:CreateLogStream", "logs:PutLogEvents")
# Source: the AWS Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon
# VPC". They take no resource, or one that does not exist before the function does.
USE_NETWORK: Final = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)


def allow_job(
    runtime: RuntimeFunction,
    *,
    kind: str,
    jobs: str,
    solution_version: SolutionVersion,
    role_arn: str,
) -> None:
    """Lets the function create, describe and tag a job.

    Args:
        runtime: The function.
        kind: ``BatchInferenceJob`` or ``BatchSegmentJob``.
        jobs: The pattern of the ARNs of jobs.
        solution_version: The model.
        role_arn: The role that the job gets.
    """
    # Source: the Service Authorization Reference, where creating an inference job needs the job
    # and the solution as resources, and a segment job only the job.
    runtime.allow((f"personalize:Create{kind}",), jobs)
    if kind == "BatchInferenceJob":
        for resource in solution_arns(solution_version):
            runtime.allow((f"personalize:Create{kind}",), resource)
    runtime.allow((f"personalize:Describe{kind}",), jobs)
    # Also for a job without tags: the stack may have had some before, which are taken away then.
    tagging = ("TagResource", "UntagResource", "ListTagsForResource")
    runtime.allow(tuple(f"personalize:{action}" for action in tagging), jobs)
    if solution_version.solution_arn is not None:
        # The action takes no resource.
        runtime.allow(("personalize:ListSolutionVersions",), "*")
    runtime.allow(
        ("iam:PassRole",), role_arn, {"StringEquals": {"iam:PassedToService": PERSONALIZE}}
    )


def allow_input_copy(runtime: RuntimeFunction, bound: BoundInput, bucket: BucketFacts) -> None:
    """Lets the function copy the asset into the input bucket.

    Args:
        runtime: The function.
        bound: The input.
        bucket: The input bucket.
    """
    if bound.asset is not None:
        asset = bound.asset
        runtime.allow(READ_OBJECTS, asset.bucket.arn_for_objects(asset.s3_object_key))
        runtime.allow(WRITE_OBJECTS, bucket.objects("*"))
        if bucket.key_arn is not None:
            runtime.allow(("kms:GenerateDataKey",), bucket.key_arn)


def allow_preflight(
    runtime: RuntimeFunction,
    *,
    solution_version: SolutionVersion,
    bound: BoundInput,
    bucket: BucketFacts,
    key_arn: str | None,
) -> None:
    """Lets the function look at the solution version and the input before it creates the job.

    Args:
        runtime: The function.
        solution_version: The model.
        bound: The input; an asset can be read already, to copy it.
        bucket: The bucket with the input.
        key_arn: The KMS key that decrypts the input.
    """
    for resource in solution_arns(solution_version):
        runtime.allow(("personalize:DescribeSolutionVersion",), resource)
    if bound.asset is None:
        runtime.allow(LIST_BUCKET, bucket.arn)
        runtime.allow(READ_OBJECTS, bucket.objects(f"{bound.prefix}*"))
        if key_arn is not None:
            runtime.allow(("kms:Decrypt",), key_arn)


def solution_arns(solution_version: SolutionVersion) -> tuple[str, str]:
    """Returns the solution and its versions; which of the two IAM looks at is not documented.

    Args:
        solution_version: The model.
    """
    arn = solution_version.solution_arn
    if arn is None:
        version = str(solution_version.arn)
        if is_token(version):
            parts = Fn.split("/", version)
            arn = f"{Fn.select(0, parts)}/{Fn.select(1, parts)}"
        else:
            arn = version.rpartition("/")[0]
    return arn, f"{arn}/*"
