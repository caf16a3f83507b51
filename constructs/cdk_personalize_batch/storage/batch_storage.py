"""The role and the buckets of batch jobs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy, Stack
from constructs import Construct, IDependable

from cdk_personalize_batch._cdk.facts import bucket_facts, child_facts, scope_facts
from cdk_personalize_batch.errors import ValidationError
from cdk_personalize_batch.permissions.actions import LIST_BUCKET, READ_OBJECTS, WRITE_OBJECTS
from cdk_personalize_batch.request import checks
from cdk_personalize_batch.request.argument_types import typed
from cdk_personalize_batch.storage.access_logs import log_access
from cdk_personalize_batch.storage.buckets import make_bucket
from cdk_personalize_batch.storage.service_access import ServiceAccess, make_role

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_s3 as s3


class BatchStorage(Construct):
    """The role that Amazon Personalize assumes, and the buckets that it reads and writes.

    Makes a role that only Amazon Personalize can assume, for jobs of this account and Region; and
    an input and an output bucket: encrypted, closed to the public, TLS only, and kept when the
    stack is deleted, because a running job goes on with them. Both sides get the permissions that
    Amazon Personalize needs: the role's policy, and the policies of the buckets for the service
    itself. Source: the developer guide, "Giving Amazon Personalize access to Amazon S3 resources".

    One storage serves any number of jobs. What it is given instead of making it gets the
    permissions too, where that is possible; where it is not, a warning has the exact statement.

    Args:
        scope: The parent construct.
        id: The construct id, unique in ``scope``.
        role: The role that Amazon Personalize assumes. Default: - a new role.
        input_bucket: A bucket that input is copied into and read from. Default: - a new bucket.
        output_bucket: A bucket that jobs write to; it can be the input bucket. Default: - a new
            bucket.
        encryption_key: The KMS key of the new buckets, and of requests for them. Default: - the
            buckets are encrypted with keys of Amazon S3.
        removal_policy: What becomes of the new buckets when the stack is deleted. ``DESTROY``
            deletes all objects too, those of running jobs among them. Default: - they are kept,
            with their policies.
        server_access_logs: Whether requests to the new buckets are logged. Default: - they are.
        server_access_logs_bucket: The bucket for these logs; its policy must let
            ``logging.s3.amazonaws.com`` write. Default: - one bucket for each stack, which keeps
            logs for a year.

    Raises:
        ValidationError: If the key is an alias.
    """

    @typed
    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        role: iam.IRole | None = None,
        input_bucket: s3.IBucket | None = None,
        output_bucket: s3.IBucket | None = None,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy | None = None,
        server_access_logs: bool = True,
        server_access_logs_bucket: s3.IBucket | None = None,
    ) -> None:
        if encryption_key is not None:
            problems = checks.key("encryption_key", encryption_key)
            if problems:
                raise ValidationError(scope_facts(scope).path_of(id), problems)
        super().__init__(scope, id)
        self._facts = child_facts(scope, id, self)
        self._encryption_key = encryption_key
        self._removal_policy = removal_policy or RemovalPolicy.RETAIN
        self._logs_bucket = server_access_logs_bucket
        self._has_logs = server_access_logs
        self._role = role or make_role(self, "Role", self._facts)
        self._role_arn = self._role.role_arn
        self._access = ServiceAccess(self, self._facts, self._role, is_own=role is None)
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

    def _policies(self, user: Stack) -> Sequence[IDependable]:
        """Returns the policies of role and buckets, which a job must wait for."""
        return self._access.policies(user)

    def _allow_read(self, user: Stack, bucket: s3.IBucket, prefix: str) -> None:
        """Lets the jobs of a stack read objects, as the role and as the service."""
        self._allow(user, bucket, READ_OBJECTS, prefix)

    def _allow_write(self, user: Stack, bucket: s3.IBucket, prefix: str) -> None:
        """Lets the jobs of a stack write objects, as the role and as the service."""
        self._allow(user, bucket, WRITE_OBJECTS, prefix)

    def _allow_key(self, user: Stack, key: kms.IKey, key_arn: str) -> None:
        """Lets the jobs of a stack use a key, as the role and as the service."""
        self._access.allow_key(user, key, key_arn)

    def _allow_account(self, bucket: s3.IBucket, actions: Sequence[str], resource: str) -> None:
        """Lets functions and state machines use a bucket of another account."""
        self._access.allow_account(bucket, actions, resource)

    def _allow(self, user: Stack, bucket: s3.IBucket, actions: Sequence[str], prefix: str) -> None:
        facts = bucket_facts(bucket)
        self._access.allow_objects(user, bucket, actions, prefix)
        self._access.allow_bucket(user, bucket, LIST_BUCKET, facts.arn)

    def _make_bucket(self, id: str) -> s3.Bucket:
        bucket = make_bucket(
            self, id, removal_policy=self._removal_policy, encryption_key=self._encryption_key
        )
        if self._has_logs:
            log_access(bucket, self._facts.path_of(id), self._facts, self._logs_bucket)
        return bucket
