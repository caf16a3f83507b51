"""The AWS around Amazon Personalize, as MiniStack has it: policies, roles, and S3."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config
from ministack.core import iam_evaluator, responses, router
from ministack.services import kms, s3

from personalize_local.arns import SERVICE_PRINCIPAL, partition_of
from personalize_local.cloud import Caller, Credentials
from personalize_local.emulator.access import (
    KEY_HEADER,
    as_service,
    assume_as_service,
    check_caller,
    check_policy,
)
from personalize_local.errors import AccessDenied
from personalize_local.host import environment

_REQUEST_TAG: Final = "aws:RequestTag/"


class MiniStackCloud:
    """Answers what Personalize asks of the AWS around it, with MiniStack's own evaluator."""

    def __init__(self, endpoint_url: str, ca_bundle: Path) -> None:
        """Makes the connection.

        Args:
            endpoint_url: The endpoint of this same server.
            ca_bundle: The authorities that verify it.
        """
        self._endpoint_url = endpoint_url
        self._ca_bundle = ca_bundle

    def authorize(
        self, caller: Caller, action: str, resource_arn: str, context: Mapping[str, str]
    ) -> None:
        """Checks that the caller's policies allow an action; see `Cloud.authorize`."""
        keys: dict[str, object] = dict(context)
        if tags := [name for name in context if name.startswith(_REQUEST_TAG)]:
            keys["aws:TagKeys"] = [name.removeprefix(_REQUEST_TAG) for name in tags]
        with responses.request_scope(caller.account, caller.region):
            access_key = router.extract_access_key_id(dict(caller.headers))
            check_caller(access_key, action, resource_arn, keys)

    def assume_role(self, role_arn: str, *, source_account: str, source_arn: str) -> Credentials:
        """Assumes a role as Amazon Personalize; see `Cloud.assume_role`."""
        return assume_as_service(
            role_arn, SERVICE_PRINCIPAL, source_account=source_account, source_arn=source_arn
        )

    def check_bucket_policy(
        self, bucket: str, action: str, key: str | None, *, source_account: str, source_arn: str
    ) -> None:
        """Checks a bucket's own policy; see `Cloud.check_bucket_policy`.

        A bucket that does not exist passes: S3 itself says so better.
        """
        owner = _owner_of(bucket)
        if owner is None:
            return
        partition = source_arn.split(":", 2)[1]
        resource = f"arn:{partition}:s3:::{bucket}" + ("" if key is None else f"/{key}")
        check_policy(
            s3._bucket_policies.get_scoped(owner, None, bucket),
            as_service(SERVICE_PRINCIPAL, action, resource, source_account, source_arn),
            "bucket policy",
        )

    def default_key(self, bucket: str) -> str | None:
        """Returns the key that a bucket encrypts with; see `Cloud.default_key`."""
        owner = _owner_of(bucket)
        if owner is None:
            return None
        region = s3._buckets.get_scoped(owner, None, bucket)["region"]
        with responses.request_scope(owner, region):
            given: str | None = s3._bucket_default_sse_headers(bucket).get(KEY_HEADER)
            key = kms._resolve_key(given)
        if key is not None:
            return str(key["Arn"])
        if given is None or given.startswith("arn:"):
            return given
        # As S3 would say it of a key that does not exist.
        path = given if given.startswith("alias/") else f"key/{given}"
        return f"arn:{partition_of(region)}:kms:{region}:{owner}:{path}"

    def check_key_policy(
        self, key_arn: str, action: str, *, source_account: str, source_arn: str
    ) -> None:
        """Checks a key's own policy; see `Cloud.check_key_policy`."""
        with _scope_of(key_arn):
            key = kms._resolve_key(key_arn)
        if key is None:
            raise AccessDenied("there is no such key")
        check_policy(
            key["Policy"],
            as_service(SERVICE_PRINCIPAL, action, key_arn, source_account, source_arn),
            "key policy",
        )

    def authorize_key(self, credentials: Credentials, key_arn: str, action: str) -> None:
        """Checks what a role may do with a key; see `Cloud.authorize_key`."""
        iam_evaluator.pin_request_origin(environment.HOST, True)
        with _scope_of(key_arn):
            check_caller(credentials.access_key_id, action, key_arn, {})

    def s3_client(self, credentials: Credentials, region: str) -> Any:  # noqa: ANN401
        """Returns a boto3 S3 client against this same server; see `Cloud.s3_client`."""
        # A session of its own: boto3's default session must not be used from several threads.
        return boto3.session.Session().client(
            "s3",
            region_name=region,
            endpoint_url=self._endpoint_url,
            verify=str(self._ca_bundle),
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            aws_session_token=credentials.session_token,
            config=Config(s3={"addressing_style": "path"}),
        )


def _owner_of(bucket: str) -> str | None:
    return next((account for account, name in s3._buckets.to_dict() if name == bucket), None)


def _scope_of(arn: str) -> AbstractContextManager[object]:
    _, _, _, region, account, _ = arn.split(":", 5)
    scope: AbstractContextManager[object] = responses.request_scope(account, region)
    return scope
