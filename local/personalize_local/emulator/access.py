"""Who may do what, as MiniStack's own evaluator decides it: for mends, and for Personalize."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Final

from ministack.core import iam_evaluator, responses
from ministack.core.iam_actions import identity_denial_message
from ministack.services import iam, sts

from personalize_local.cloud import Credentials
from personalize_local.errors import AccessDenied

# How S3 names the KMS key of an object or a bucket.
KEY_HEADER: Final = "x-amz-server-side-encryption-aws-kms-key-id"


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
    check_policy(
        role["AssumeRolePolicyDocument"],
        as_service(principal, "sts:AssumeRole", role_arn, source_account, source_arn),
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


def check_policy(policy: object, context: iam_evaluator.EvalContext, which: str) -> None:
    """Checks that a resource's own policy allows a request.

    Args:
        policy: The policy; None for none.
        context: The request.
        which: What the policy is called in the refusal, such as `trust policy`.

    Raises:
        AccessDenied: It does not allow it.
    """
    principal = context.principal_arn
    result = iam_evaluator.evaluate_resource_policy(policy, context, service=principal)
    if result.decision == "Allow":
        return
    if result.decision == "Deny":
        sid = f" {result.matched_sid}" if result.matched_sid else ""
        raise AccessDenied(f"the statement{sid} of the {which} denies {context.action}")
    raise AccessDenied(f"no statement of the {which} allows {context.action}")


def as_service(
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
