"""The role and the buckets of batch jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Annotations, Aws, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_personalize_batch import _permissions
from cdk_personalize_batch._policy_text import as_text


class BatchStorage(Construct):
    """The role that Amazon Personalize assumes, and the buckets that it reads and writes.

    Makes a role that only Amazon Personalize can assume, for jobs of this account and Region; and
    an input and an output bucket: encrypted, closed to the public, TLS only, and kept when the
    stack is deleted, because a running job goes on with them. Both sides get the permissions that
    Amazon Personalize needs: the role's policy, and the policies of the buckets for the service
    itself. Source: the developer guide, "Giving Amazon Personalize access to Amazon S3 resources".

    One storage serves any number of jobs.

    Args:
        scope: The parent construct.
        id: The construct id, unique in ``scope``.
        input_bucket: A bucket that input is copied into and read from. Default: - a new bucket.
        output_bucket: A bucket that jobs write to. Default: - a new bucket.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        input_bucket: s3.IBucket | None = None,
        output_bucket: s3.IBucket | None = None,
    ) -> None:
        super().__init__(scope, id)
        self._allowed: set[tuple[str, ...]] = set()
        self._role = self._make_role()
        self._input_bucket = input_bucket or self._make_bucket("InputBucket")
        self._output_bucket = output_bucket or self._make_bucket("OutputBucket")

    @property
    def role(self) -> iam.IRole:
        """The role that Amazon Personalize assumes."""
        return self._role

    @property
    def input_bucket(self) -> s3.IBucket:
        """The bucket that input is copied into."""
        return self._input_bucket

    @property
    def output_bucket(self) -> s3.IBucket:
        """The bucket that jobs write to, where they name no other."""
        return self._output_bucket

    def _allow_read(self, bucket: s3.IBucket, prefix: str) -> None:
        """Lets jobs read objects, as the role and as the service."""
        self._allow(bucket, _permissions.READ_OBJECTS, prefix)

    def _allow_write(self, bucket: s3.IBucket, prefix: str) -> None:
        """Lets jobs write objects, as the role and as the service."""
        self._allow(bucket, _permissions.WRITE_OBJECTS, prefix)

    def _allow(self, bucket: s3.IBucket, actions: Sequence[str], prefix: str) -> None:
        where = bucket.node.path
        for wanted, pattern in ((actions, f"{prefix}*"), (_permissions.LIST_BUCKET, None)):
            mark = (where, *wanted, pattern or "")
            if mark in self._allowed:
                continue
            self._allowed.add(mark)
            resource = bucket.bucket_arn if pattern is None else bucket.arn_for_objects(pattern)
            statement: dict[str, Any] = {"actions": list(wanted), "resources": [resource]}
            self._role.add_to_principal_policy(iam.PolicyStatement(**statement))
            self._allow_service(bucket, statement)

    def _allow_service(self, bucket: s3.IBucket, statement: Mapping[str, Any]) -> None:
        # IfExists: whether the service sends the key when it uses a bucket under its own name is
        # not documented. The condition guards where it does, and works where it does not.
        allowed = iam.PolicyStatement(
            **statement,
            principals=[iam.ServicePrincipal(_permissions.PERSONALIZE)],
            conditions={"StringEqualsIfExists": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
        )
        if not bucket.add_to_resource_policy(allowed).statement_added:
            document = as_text(Stack.of(self), allowed)
            Annotations.of(self).add_warning_v2(
                f"cdk-personalize-batch:bucketPolicy:{'+'.join(statement['actions'])}",
                f"the policy of the bucket {bucket.node.path} is not made in this app; jobs fail "
                f"until it has this statement: {document}",
            )

    def _make_role(self) -> iam.Role:
        stack = Stack.of(self)
        jobs = f"arn:{Aws.PARTITION}:personalize:{stack.region}:{stack.account}:*"
        return iam.Role(
            self,
            "Role",
            description="Amazon Personalize reads the input of batch jobs and writes their output",
            assumed_by=iam.ServicePrincipal(
                _permissions.PERSONALIZE,
                conditions={
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnLike": {"aws:SourceArn": jobs},
                },
            ),
        )

    def _make_bucket(self, id: str) -> s3.Bucket:
        return s3.Bucket(
            self,
            id,
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        )
