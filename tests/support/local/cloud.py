"""The AWS around the service: policies as sets of what is denied, S3 in memory."""

from __future__ import annotations

from collections.abc import Mapping

from personalize_local.cloud import Caller, Credentials
from personalize_local.errors import AccessDenied
from tests.support.s3 import MemoryS3

REGION = "us-east-1"


class FakeCloud:
    """A Cloud that allows everything but what `denied` names."""

    def __init__(self) -> None:
        self.s3 = MemoryS3()
        self.denied: set[str] = set()
        self.authorized: list[tuple[str, str, dict[str, str]]] = []
        self.assumed: list[tuple[str, str, str]] = []
        self.default_keys: dict[str, str] = {}
        self.key_checks: list[tuple[str, str]] = []
        self.bucket_checks: list[tuple[str, str, str | None]] = []

    def authorize(
        self, caller: Caller, action: str, resource_arn: str, context: Mapping[str, str]
    ) -> None:
        self.authorized.append((action, resource_arn, dict(context)))
        if action in self.denied or f"{action} {resource_arn}" in self.denied:
            raise AccessDenied("no identity-based policy allows it")

    def assume_role(self, role_arn: str, *, source_account: str, source_arn: str) -> Credentials:
        self.assumed.append((role_arn, source_account, source_arn))
        if "sts:AssumeRole" in self.denied:
            raise AccessDenied("the trust policy does not allow it")
        return Credentials("key", "secret", "token")

    def check_bucket_policy(
        self, bucket: str, action: str, key: str | None, *, source_account: str, source_arn: str
    ) -> None:
        self.bucket_checks.append((bucket, action, key))
        if f"{action} {bucket} by bucket policy" in self.denied:
            raise AccessDenied

    def default_key(self, bucket: str) -> str | None:
        return self.default_keys.get(bucket)

    def check_key_policy(
        self, key_arn: str, action: str, *, source_account: str, source_arn: str
    ) -> None:
        self.key_checks.append((key_arn, action))
        if f"{action} by key policy" in self.denied:
            raise AccessDenied("no statement allows it")

    def authorize_key(self, credentials: Credentials, key_arn: str, action: str) -> None:
        assert credentials.secret_access_key == "secret"
        if f"{action} by role" in self.denied:
            raise AccessDenied

    def s3_client(self, credentials: Credentials, region: str) -> MemoryS3:
        assert (credentials.secret_access_key, region) == ("secret", REGION)
        return self.s3
