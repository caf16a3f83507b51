"""The AWS around Amazon Personalize, as MiniStack has it: policies, roles, and S3."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config
from ministack.core import iam_evaluator, responses, router
from ministack.core.iam_actions import identity_denial_message
from ministack.services import iam, kms, s3, sts

from personalize_local import environment
from personalize_local.arns import SERVICE_PRINCIPAL, partition_of
from personalize_local.cloud import Caller, Credentials
from personalize_local.errors import AccessDenied

KEY_HEADER: Final = "x-amz-server-side-encryption-aws-kms-key-id"

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
        _check_policy(
            s3._bucket_policies.get_scoped(owner, None, bucket),
            _as_service(SERVICE_PRINCIPAL, action, resource, source_account, source_arn),
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
        _check_policy(
            key["Policy"],
            _as_service(SERVICE_PRINCIPAL, action, key_arn, source_account, source_arn),
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


def check_caller(
    access_key: str, action: str, resource_arn: str, context: Mapping[str, object]
) -> None:
    """Checks that the policies behind an access key allow an action, in the current scope.

    Args:
        access_key: The access key id.
        action: The action.
        resource_arn: The resource.
        context: More condition keys.

    Raises:
        AccessDenied: The policies do not allow it.
    """
    denied = iam_evaluator.enforce(
        access_key,
        action,
        action.partition(":")[0],
        responses.get_region(),
        resource_arn=resource_arn,
        service_context=dict(context),
    )
    if denied is None:
        return
    if isinstance(denied, iam_evaluator.AuthError):
        raise AccessDenied(denied.message)
    principal = denied.principal_arn
    explicit = denied.decision == "Deny"
    raise AccessDenied(
        identity_denial_message(action, principal, resource_arn, explicit), principal=principal
    )


def role_of(role_arn: str) -> tuple[str, str]:
    """Returns the account and the name of a role.

    Args:
        role_arn: The ARN of the role.

    Raises:
        AccessDenied: It is the ARN of something else.
    """
    parts = role_arn.split(":", 5)
    if len(parts) != 6 or not parts[5].startswith("role/"):
        raise AccessDenied("it is not the ARN of a role")
    return parts[4], parts[5].rpartition("/")[2]


def assume_as_service(
    role_arn: str, principal: str, *, source_account: str, source_arn: str
) -> Credentials:
    """Assumes a role as a service of AWS.

    Args:
        role_arn: The role.
        principal: The service, such as `scheduler.amazonaws.com`.
        source_account: The value of `aws:SourceAccount`.
        source_arn: The value of `aws:SourceArn`.

    Raises:
        AccessDenied: The role does not exist or its trust policy does not allow it.
    """
    account, name = role_of(role_arn)
    role = iam._roles.get_scoped(account, None, name)
    if role is None or role["Arn"] != role_arn:
        raise AccessDenied("the role does not exist")
    # Not `evaluate_trust_policy`: it takes every service principal for the account's root.
    _check_policy(
        role["AssumeRolePolicyDocument"],
        _as_service(principal, "sts:AssumeRole", role_arn, source_account, source_arn),
        "trust policy",
    )
    return open_session(account, name, principal.partition(".")[0])


def open_session(account: str, role_name: str, label: str) -> Credentials:
    """Opens a session of a role, whose trust policy is not looked at here.

    Args:
        account: The role's account.
        role_name: The name of the role.
        label: What the session's name begins with.
    """
    credentials = Credentials(
        iam._gen_session_access_key(), iam._gen_secret(), iam._gen_session_token()
    )
    role = iam._roles.get_scoped(account, None, role_name) or {}
    session_name = f"{label}-{uuid.uuid4().hex[:12]}"
    sts.register_session(
        credentials.access_key_id,
        {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{role_name}/{session_name}",
            "UserId": f"{role.get('RoleId', '')}:{session_name}",
            "SecretAccessKey": credentials.secret_access_key,
            "SessionToken": credentials.session_token,
            "AccountId": account,
            "PrincipalType": "AssumedRole",
        },
    )
    return credentials


def _owner_of(bucket: str) -> str | None:
    return next((account for account, name in s3._buckets.to_dict() if name == bucket), None)


def _scope_of(arn: str) -> AbstractContextManager[object]:
    _, _, _, region, account, _ = arn.split(":", 5)
    scope: AbstractContextManager[object] = responses.request_scope(account, region)
    return scope


def _check_policy(policy: object, context: iam_evaluator.EvalContext, which: str) -> None:
    principal = context.principal_arn
    result = iam_evaluator.evaluate_resource_policy(policy, context, service=principal)
    if result.decision == "Allow":
        return
    if result.decision == "Deny":
        sid = f" {result.matched_sid}" if result.matched_sid else ""
        raise AccessDenied(f"the statement{sid} of the {which} denies {context.action}")
    raise AccessDenied(f"no statement of the {which} allows {context.action}")


def _as_service(
    principal: str, action: str, resource: str, source_account: str, source_arn: str
) -> iam_evaluator.EvalContext:
    """Returns the request context of a call that a service makes under its own name.

    Such a request has no principal account and no source address; empty, they match nothing.
    """
    return iam_evaluator.EvalContext(
        principal_arn=principal,
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=source_arn.split(":")[3],
        source_ip="",
        secure_transport=True,
        service_context={
            "aws:sourceaccount": source_account,
            "aws:sourcearn": source_arn,
            "aws:principalisawsservice": "true",
            "aws:principalservicename": principal,
            "aws:viaawsservice": "false",
        },
    )
