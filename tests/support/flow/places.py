"""Buckets with keys of KMS."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

from personalize_local.host.environment import ACCOUNT
from tests.support.flow.running_aws import RunningAws

ROOT: Final = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


def allow(actions: str | Sequence[str], resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


class Places:
    """Buckets and keys of one test."""

    def __init__(self, aws: RunningAws) -> None:
        self._kms, self.s3, self.policy = aws.client("kms"), aws.client("s3"), aws.policy

    def key(self, *statements: dict[str, Any]) -> str:
        """A key that the account's policies decide about, and what more is allowed."""
        account = allow("kms:*", Principal=ROOT)
        made = self._kms.create_key(Policy=self.policy(account, *statements))
        return str(made["KeyMetadata"]["Arn"])

    def bucket(self, key_arn: str | None = None) -> str:
        """A bucket that encrypts with a key; with S3's own when none is given."""
        name = f"flow-{uuid.uuid4().hex[:8]}"
        self.s3.create_bucket(Bucket=name)
        default = {"SSEAlgorithm": "AES256"}
        if key_arn is not None:
            default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}
        rules = [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]
        self.s3.put_bucket_encryption(
            Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules}
        )
        return name
