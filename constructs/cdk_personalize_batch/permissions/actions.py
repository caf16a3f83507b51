"""Which actions the constructs allow, by purpose.

Source of the S3 actions: the developer guide, "Giving Amazon Personalize access to Amazon S3
resources". Its sample allows all three actions on one bucket; here input is only read and output
is only written, which is the split that the guide documents for import and export jobs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import Fn

from cdk_personalize_batch._cdk.tokens import is_token

if TYPE_CHECKING:
    from cdk_personalize_batch.request.solution_version import SolutionVersion

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

LOOK_AT_STACK: Final = ("cloudformation:DescribeStacks", "cloudformation:DescribeStackResource")
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


def solution_arns(solution_version: SolutionVersion) -> tuple[str, str]:
    """Returns the solution and its versions; which of the two IAM looks at is not documented."""
    arn = solution_version.solution_arn
    if arn is None:
        version = str(solution_version.arn)
        if is_token(version):
            parts = Fn.split("/", version)
            arn = f"{Fn.select(0, parts)}/{Fn.select(1, parts)}"
        else:
            arn = version.rpartition("/")[0]
    return arn, f"{arn}/*"
