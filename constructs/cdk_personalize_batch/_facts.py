"""What constructs say of themselves, asked once.

Each question to a construct crosses to Node.js and costs about a millisecond; a hundred jobs on one
storage would ask the same ones a hundred times.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from aws_cdk import Aws, Stack
from aws_cdk import aws_s3 as s3

from cdk_personalize_batch._kept import kept

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from constructs import Construct


@dataclass(frozen=True, slots=True)
class ScopeFacts:
    """A construct that others are made in.

    Attributes:
        path: Its path.
        stack: Its stack.
        region: The stack's Region; may be a token.
        account: The stack's account; may be a token.
        partition: The stack's partition, a token.
    """

    path: str
    stack: Stack
    region: str
    account: str
    partition: str

    def path_of(self, id: str) -> str:
        """Returns the path that a child has or would have.

        Args:
            id: The construct id of the child.
        """
        return f"{self.path}/{id}".removeprefix("/")


@dataclass(frozen=True, slots=True)
class BucketFacts:
    """A bucket.

    Attributes:
        name: Its name.
        arn: Its ARN.
        key: Its KMS key; None for none.
        key_arn: The ARN of the key.
        region: Its Region; may be a token.
        stack: The stack that it was made or imported in.
    """

    name: str
    arn: str
    region: str
    stack: Stack
    key: kms.IKey | None
    key_arn: str | None

    def objects(self, pattern: str) -> str:
        """Returns the ARN of objects.

        Args:
            pattern: Their keys.
        """
        return f"{self.arn}/{pattern}"


_NAME: Final = "facts"


def of_scope(scope: Construct) -> ScopeFacts:
    """Returns the facts of a construct.

    Args:
        scope: The construct.
    """
    return kept(scope, _NAME, lambda: _read_scope(scope))


def of_child(scope: Construct, id: str, child: Construct) -> ScopeFacts:
    """Returns the facts of a construct that was just made, from those of its parent.

    Args:
        scope: The parent.
        id: The construct id.
        child: The construct.
    """
    parent = of_scope(scope)
    return kept(child, _NAME, lambda: replace(parent, path=parent.path_of(id)))


def of_bucket(bucket: s3.IBucket) -> BucketFacts:
    """Returns the facts of a bucket.

    Args:
        bucket: The bucket.
    """
    return kept(bucket, _NAME, lambda: _read_bucket(bucket))


def _read_scope(scope: Construct) -> ScopeFacts:
    stack = Stack.of(scope)
    return ScopeFacts(scope.node.path, stack, stack.region, stack.account, str(Aws.PARTITION))


def _read_bucket(bucket: s3.IBucket) -> BucketFacts:
    key = bucket.encryption_key
    stack = Stack.of(bucket)
    # Only an imported bucket can be elsewhere than its stack.
    is_made = isinstance(bucket, s3.Bucket)
    return BucketFacts(
        name=bucket.bucket_name,
        arn=bucket.bucket_arn,
        region=of_scope(stack).region if is_made else str(bucket.env.region),
        stack=stack,
        key=key,
        key_arn=key.key_arn if key else None,
    )
