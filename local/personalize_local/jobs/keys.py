"""KMS keys as Amazon Personalize uses them: allowed by the job's role and by the key's policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from personalize_local.arns import SERVICE_PRINCIPAL
from personalize_local.cloud import Cloud, Credentials
from personalize_local.errors import AccessDenied, JobFailed
from personalize_local.jobs.locations import Side

# Source: "Giving Amazon Personalize permission to use your AWS KMS key" in the developer guide. It
# also lists kms:ListGrants and kms:CreateGrant, for grants that nothing here needs.
_ACTIONS: Final[Mapping[Side, tuple[str, ...]]] = {
    "input": ("kms:Decrypt", "kms:DescribeKey"),
    "output": ("kms:GenerateDataKey", "kms:Decrypt", "kms:DescribeKey"),
}
_READ: Final = "kms:Decrypt"


class Keys:
    """Uses KMS keys for one job."""

    def __init__(
        self,
        cloud: Cloud,
        credentials: Credentials,
        *,
        role_arn: str,
        account: str,
        job_arn: str,
    ) -> None:
        """Asks nothing yet.

        Args:
            cloud: Where the policies are.
            credentials: A session of the role.
            role_arn: The role, for error texts.
            account: The account of the job.
            job_arn: The job.
        """
        self._cloud = cloud
        self._credentials = credentials
        self._role_arn = role_arn
        self._source = {"source_account": account, "source_arn": job_arn}

    def check(self, bucket: str, key_arn: str | None, side: Side) -> None:
        """Checks that the key of the request and the bucket's own key can be used.

        Args:
            bucket: The bucket.
            key_arn: The key that the request names; None for none.
            side: Whether the key decrypts the input or encrypts the output.

        Raises:
            JobFailed: A permission is missing or there is no such key.
        """
        given = [key for key in (key_arn, self._cloud.default_key(bucket)) if key is not None]
        for key in dict.fromkeys(given):
            for action in _ACTIONS[side]:
                self._check(key, action)

    def check_read(self, key_arn: str) -> None:
        """Checks that an object can be read that a key encrypts.

        Raises:
            JobFailed: A permission is missing or there is no such key.
        """
        self._check(key_arn, _READ)

    def _check(self, key_arn: str, action: str) -> None:
        try:
            who = f"the policy of the key does not allow {SERVICE_PRINCIPAL}"
            self._cloud.check_key_policy(key_arn, action, **self._source)
            who = f"no policy allows the role {self._role_arn}"
            self._cloud.authorize_key(self._credentials, key_arn, action)
        except AccessDenied as refusal:
            detail = f" ({refusal.reason})" if refusal.reason else ""
            raise JobFailed(
                f"Insufficient privileges for using the KMS key: {who} {action} on "
                f"{key_arn}{detail}."
            ) from refusal
