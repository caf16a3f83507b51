"""What constructs say of themselves, asked once.

Each question to a construct crosses to Node.js and costs about a millisecond; a hundred jobs on one
storage would ask the same ones a hundred times.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from aws_cdk import Aws, Stack
from aws_cdk import aws_s3 as s3

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


# Kept on the construct itself, so that they go with it.
_ATTRIBUTE: Final = "_cdk_personalize_batch_facts"


def of_scope(scope: Construct) -> ScopeFacts:
    """Returns the facts of a construct.

    Args:
        scope: The construct.
    """
    found: ScopeFacts | None = getattr(scope, _ATTRIBUTE, None)
    if found is None:
        stack = Stack.of(scope)
        found = ScopeFacts(scope.node.path, stack, stack.region, stack.account, str(Aws.PARTITION))
        setattr(scope, _ATTRIBUTE, found)
    return found


def of_child(scope: Construct, id: str, child: Construct) -> ScopeFacts:
    """Returns the facts of a construct that was just made, from those of its parent.

    Args:
        scope: The parent.
        id: The construct id.
        child: The construct.
    """
    parent = of_scope(scope)
    facts = replace(parent, path=parent.path_of(id))
    setattr(child, _ATTRIBUTE, facts)
    return facts


def of_bucket(bucket: s3.IBucket) -> BucketFacts:
    """Returns the facts of a bucket.

    Args:
        bucket: The bucket.
    """
    found: BucketFacts | None = getattr(bucket, _ATTRIBUTE, None)
    if found is None:
        key = bucket.encryption_key
        stack = Stack.of(bucket)
        # Only an imported bucket can be elsewhere than its stack.
        is_made = isinstance(bucket, s3.Bucket)
        found = BucketFacts(
            name=bucket.bucket_name,
            arn=bucket.bucket_arn,
            region=of_scope(stack).region if is_made else str(bucket.env.region),
            stack=stack,
            key=key,
            key_arn=key.key_arn if key else None,
        )
        setattr(bucket, _ATTRIBUTE, found)
    return found
