"""What constructs say of themselves, asked once.

Each question to a construct crosses to Node.js and costs about a millisecond; a hundred jobs on one
storage would ask the same ones a hundred times.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from aws_cdk import Aws, Fn, Stack
from aws_cdk import aws_s3 as s3

from cdk_personalize_batch._cdk.deployed_text import IN_ARN, written
from cdk_personalize_batch._cdk.kept import kept

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
        """Returns the path that a child has or would have."""
        return f"{self.path}/{id}".removeprefix("/")


@dataclass(frozen=True, slots=True)
class BucketFacts:
    """A bucket.

    Attributes:
        name: Its name.
        arn: Its ARN.
        objects_arn: What the ARNs of its objects begin with, of those that may be used.
        key: Its KMS key; None for none.
        key_arn: The ARN of the key.
        region: Its Region; may be a token.
        account: Its account; may be a token.
        stack: The stack that it was made or imported in.
    """

    name: str
    arn: str
    objects_arn: str
    region: str
    account: str
    stack: Stack
    key: kms.IKey | None
    key_arn: str | None

    def objects(self, prefix: str = "", rest: str = "*") -> str:
        """Returns the ARN of objects.

        Args:
            prefix: What their keys begin with, whatever characters it has. Default: - nothing.
            rest: The pattern for what follows. Default: - anything.
        """
        return f"{self.objects_arn}{key_pattern(self.stack, prefix, rest)}"


_NAME: Final = "facts"


def key_pattern(stack: Stack, prefix: str, rest: str) -> str:
    """Returns the pattern for keys in a policy.

    Args:
        stack: The stack of the bucket.
        prefix: What the keys begin with, whatever characters it has.
        rest: The pattern for what follows.
    """
    return f"{written(stack, prefix, IN_ARN)}{rest}"


def scope_facts(scope: Construct) -> ScopeFacts:
    """Returns the facts of a construct."""
    return kept(scope, _NAME, lambda: _read_scope(scope))


def child_facts(scope: Construct, id: str, child: Construct) -> ScopeFacts:
    """Returns the facts of a construct that was just made, from those of its parent."""
    parent = scope_facts(scope)
    return kept(child, _NAME, lambda: replace(parent, path=parent.path_of(id)))


def bucket_facts(bucket: s3.IBucket) -> BucketFacts:
    """Returns the facts of a bucket."""
    return kept(bucket, _NAME, lambda: _read_bucket(bucket))


def keep_below(bucket: s3.IBucket, uri: str) -> None:
    """Has a bucket that is known by a URI alone used below that URI only.

    Args:
        bucket: The bucket, of which nobody has asked for the facts.
        uri: The URI, with a ``/`` behind the bucket; only the deployment knows it.
    """
    facts = _read_bucket(bucket)
    path = written(facts.stack, Fn.select(1, Fn.split("s3://", uri)), IN_ARN)
    kept(bucket, _NAME, lambda: replace(facts, objects_arn=f"arn:{Aws.PARTITION}:s3:::{path}"))


def _read_scope(scope: Construct) -> ScopeFacts:
    stack = Stack.of(scope)
    return ScopeFacts(scope.node.path, stack, stack.region, stack.account, str(Aws.PARTITION))


def _read_bucket(bucket: s3.IBucket) -> BucketFacts:
    key = bucket.encryption_key
    stack = Stack.of(bucket)
    # Only an imported bucket can be elsewhere than its stack.
    is_made = isinstance(bucket, s3.Bucket)
    place = scope_facts(stack) if is_made else bucket.env
    arn = bucket.bucket_arn
    return BucketFacts(
        name=bucket.bucket_name,
        arn=arn,
        objects_arn=f"{arn}/",
        region=str(place.region),
        account=str(place.account),
        stack=stack,
        key=key,
        key_arn=key.key_arn if key else None,
    )
