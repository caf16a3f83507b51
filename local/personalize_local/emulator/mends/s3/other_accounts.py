"""Asks a bucket's policy about the caller itself, not about the root of the caller's account.

MiniStack does the latter when the bucket is another account's: a policy that names a role is then
no use to the role, and one that denies it no hindrance.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ministack.core import iam_actions, iam_evaluator, responses
from ministack.services import s3

from personalize_local.emulator.mend import Mend


def _apply() -> None:
    allows = s3._foreign_bucket_allows

    def allows_caller(
        owner: str,
        bucket: str,
        key: str,
        method: str,
        query: Mapping[str, Any],
        caller: str,
        headers: Mapping[str, str] | None = None,
    ) -> bool:
        arn = iam_evaluator.caller_arn() if caller else ""
        policy = s3._bucket_policies.get_scoped(owner, None, bucket)
        if policy and arn and not arn.endswith(":root"):
            path = f"/{bucket}/{key}" if key else f"/{bucket}"
            default = "GetObject" if method in {"GET", "HEAD"} else "PutObject"
            action = f"s3:{iam_actions._s3_action(method, path, query) or default}"
            with responses.request_scope(owner, responses.get_region()):
                keys = iam_actions.s3_service_context(action, query, path, headers or {})
            context = iam_evaluator.EvalContext(
                principal_arn=arn,
                principal_type="AssumedRole" if ":assumed-role/" in arn else "User",
                principal_account=caller,
                action=action,
                resource_arn=f"arn:aws:s3::{path.replace('/', ':', 1)}",
                region=responses.get_region(),
                service_context={name.lower(): value for name, value in keys.items()},
            )
            decision = iam_evaluator.evaluate_resource_policy(policy, context).decision
            # Access lists have no say in a bucket whose owner owns all of its objects.
            if decision != "ImplicitDeny" or _without_access_lists(owner, bucket):
                return bool(decision == "Allow")
        return bool(allows(owner, bucket, key, method, query, caller, headers))

    s3._foreign_bucket_allows = allows_caller


def _without_access_lists(owner: str, bucket: str) -> bool:
    return bool(s3._bucket_owner_enforced(s3._buckets.get_scoped(owner, None, bucket)))


MEND: Final = Mend(
    aws="On a bucket of another account, the bucket's policy and the caller's own must both allow;"
    " the bucket's may name the role or the user.",
    source="IAM User Guide, Cross-account policy evaluation logic",
    apply=_apply,
)
