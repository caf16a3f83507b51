"""Rules that hold for whatever the constructs of the CDK make below a scope: property injectors.

An injector sees the properties that somebody gave to a construct, and returns those that it gets;
both with the names of the CDK's own language, such as ``encryptionKey``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jsii
from aws_cdk import IPropertyInjector, PropertyInjectors
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct, IConstruct

from acme_batch.platform import Platform

# S3 does not write server access logs to a bucket that a key of the customer encrypts.
_ACCESS_LOGS = "PersonalizeBatchAccessLogs"


@jsii.implements(IPropertyInjector)
class Rule:
    """Properties that one kind of construct always gets.

    Args:
        kind: The kind, as the CDK names it for injectors.
        properties: Returns the properties for the construct of an id.
    """

    def __init__(self, kind: str, properties: Callable[[str], Mapping[str, Any]]) -> None:
        self._kind = kind
        self._properties = properties

    @property
    def construct_unique_id(self) -> str:
        """The kind."""
        return self._kind

    def inject(
        self,
        original_props: Mapping[str, Any] | None,
        *,
        scope: Construct,
        id: str,
    ) -> Any:  # noqa: ANN401 - of any construct
        """Returns the given properties and, over them, those of the rule."""
        return {**(original_props or {}), **self._properties(id)}


def apply_rules(scope: IConstruct, platform: Platform) -> None:
    """Makes the rules hold for all that is made below a scope from now on.

    Args:
        scope: An app, a stage or a stack, before anything is made in it.
        platform: The key and the boundary.
    """
    encrypted = {
        "encryption": s3.BucketEncryption.KMS,
        "encryptionKey": platform.key,
        "bucketKeyEnabled": True,
    }
    kept = {"retention": logs.RetentionDays.ONE_YEAR, "encryptionKey": platform.key}
    PropertyInjectors.of(scope).add(
        Rule(
            s3.Bucket.PROPERTY_INJECTION_ID, lambda name: {} if name == _ACCESS_LOGS else encrypted
        ),
        Rule(logs.LogGroup.PROPERTY_INJECTION_ID, lambda _: kept),
        Rule(iam.Role.PROPERTY_INJECTION_ID, lambda _: {"permissionsBoundary": platform.boundary}),
        Rule(lambda_.Function.PROPERTY_INJECTION_ID, lambda _: {"tracing": lambda_.Tracing.ACTIVE}),
    )
