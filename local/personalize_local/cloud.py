"""What Amazon Personalize needs of the AWS around it: policies, roles and S3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from personalize_local.arns import Scope, partition_of


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed a request.

    Attributes:
        account: The account id, 12 digits.
        region: The region that the request was signed for.
        headers: The request's HTTP headers, for whoever evaluates the caller's policies.
    """

    account: str
    region: str
    headers: Mapping[str, str]

    @property
    def partition(self) -> str:
        """The partition of the region."""
        return partition_of(self.region)

    @property
    def scope(self) -> Scope:
        """The account and Region that the caller works in."""
        return Scope(self.account, self.region)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Temporary credentials of an assumed role.

    Attributes:
        access_key_id: The access key id.
        secret_access_key: The secret access key.
        session_token: The session token.
    """

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)


class Cloud(Protocol):
    """What Personalize needs of the AWS around it."""

    def authorize(
        self, caller: Caller, action: str, resource_arn: str, context: Mapping[str, str]
    ) -> None:
        """Checks that the caller's policies allow an action on a resource.

        Args:
            caller: Who signed the request.
            action: The action, such as `personalize:CreateBatchInferenceJob` or `iam:PassRole`.
            resource_arn: The resource; `*` for an action that takes none.
            context: More condition keys, such as `iam:PassedToService`.

        Raises:
            AccessDenied: The policies do not allow it.
        """

    def assume_role(self, role_arn: str, *, source_account: str, source_arn: str) -> Credentials:
        """Assumes a role as the service principal `personalize.amazonaws.com`.

        Args:
            role_arn: The role.
            source_account: The value of `aws:SourceAccount` for the trust policy.
            source_arn: The value of `aws:SourceArn` for the trust policy.

        Returns:
            Credentials of a session of the role.

        Raises:
            AccessDenied: The role does not exist or its trust policy does not allow it.
        """
        ...

    def check_bucket_policy(
        self, bucket: str, action: str, key: str | None, *, source_account: str, source_arn: str
    ) -> None:
        """Checks that a bucket's own policy allows the service principal an action.

        Args:
            bucket: The name of the bucket.
            action: The action, such as `s3:GetObject`.
            key: The key of the object; None for the bucket itself.
            source_account: The value of `aws:SourceAccount`.
            source_arn: The value of `aws:SourceArn`.

        Raises:
            AccessDenied: The bucket policy does not allow it.
        """

    def default_key(self, bucket: str) -> str | None:
        """Returns the ARN of the KMS key that a bucket encrypts with by default; None for none."""

    def check_key_policy(
        self, key_arn: str, action: str, *, source_account: str, source_arn: str
    ) -> None:
        """Checks that a key's own policy allows the service principal an action.

        Args:
            key_arn: The KMS key.
            action: The action, such as `kms:Decrypt`.
            source_account: The value of `aws:SourceAccount`.
            source_arn: The value of `aws:SourceArn`.

        Raises:
            AccessDenied: The key policy does not allow it, or there is no such key.
        """

    def authorize_key(self, credentials: Credentials, key_arn: str, action: str) -> None:
        """Checks that the policies of a role and of a KMS key allow the role an action.

        Args:
            credentials: A session of the role.
            key_arn: The KMS key.
            action: The action, such as `kms:Decrypt`.

        Raises:
            AccessDenied: They do not allow it.
        """

    def s3_client(self, credentials: Credentials, region: str) -> Any:  # noqa: ANN401
        """Returns a boto3 S3 client; Any, because boto3 makes its clients at run time."""
