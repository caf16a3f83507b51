"""The server access logs of the buckets, and the bucket that they go to."""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from cdk_personalize_batch._cdk.facts import ScopeFacts
from cdk_personalize_batch._cdk.kept import kept
from cdk_personalize_batch.storage.buckets import make_bucket

_ID: Final = "PersonalizeBatchAccessLogs"
_KEPT_DAYS: Final = 365


def log_access(
    bucket: s3.Bucket, path: str, facts: ScopeFacts, logs_bucket: s3.IBucket | None
) -> None:
    """Has requests to a bucket logged.

    Args:
        bucket: The bucket.
        path: Its path.
        facts: The facts of its parent.
        logs_bucket: Where the logs go; None for the stack's own bucket.
    """
    if logs_bucket is None:
        logs_bucket = kept(facts.stack, _ID, lambda: _make_bucket(facts))
    resource = bucket.node.default_child
    assert isinstance(resource, s3.CfnBucket)  # noqa: S101 - for the type checker
    # Not `server_access_logs_bucket` of the construct: without a feature flag of the app it makes
    # the logs' bucket writable by an access control list.
    resource.logging_configuration = s3.CfnBucket.LoggingConfigurationProperty(
        destination_bucket_name=logs_bucket.bucket_name, log_file_prefix=f"{path}/"
    )


def _make_bucket(facts: ScopeFacts) -> s3.Bucket:
    expiry = s3.LifecycleRule(expiration=Duration.days(_KEPT_DAYS))
    bucket = make_bucket(facts.stack, _ID, lifecycle_rules=[expiry])
    # For all buckets of the account: a statement for each would outgrow the policy.
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            actions=["s3:PutObject"],
            resources=[bucket.arn_for_objects("*")],
            principals=[iam.ServicePrincipal("logging.s3.amazonaws.com")],
            conditions={"StringEquals": {"aws:SourceAccount": facts.account}},
        )
    )
    return bucket
