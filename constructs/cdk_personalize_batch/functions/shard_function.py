"""The Lambda function that cuts large input, one for all workflows of a stack, and their logs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IDependable

from cdk_personalize_batch import limits
from cdk_personalize_batch._cdk.facts import scope_facts
from cdk_personalize_batch._cdk.kept import kept
from cdk_personalize_batch.functions.assets import shards_code
from cdk_personalize_batch.functions.settings import (
    FunctionSettings,
    function_logs,
    function_role,
    machine_logs,
)
from cdk_personalize_batch.permissions.actions import WRITE_LOGS
from cdk_personalize_batch.permissions.growing_policy import GrowingPolicy

_ID: Final = "PersonalizeBatchShards"
_HANDLER: Final = "personalize_batch_runtime.shards.handler"
_MEMORY_MEGABYTES: Final = 256


class ShardFunction(Construct):
    """The function, and a policy that grows with the workflows that use it."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        settings = FunctionSettings.of(scope)
        log_group = function_logs(self)
        role = function_role(
            self, description="Cuts large input of Amazon Personalize batch workflows"
        )
        self._policy = GrowingPolicy(self, "Policy", role)
        self.allow(WRITE_LOGS, log_group.log_group_arn)
        self.allow(("xray:PutTraceSegments", "xray:PutTelemetryRecords"), "*")
        function = lambda_.Function(
            self,
            "Function",
            description="Cuts large input of Amazon Personalize batch workflows of this stack",
            code=shards_code(self),
            handler=_HANDLER,
            runtime=lambda_.Runtime.PYTHON_3_14,
            # Without updates: tracing would add a policy of its own.
            role=role.without_policy_updates(),
            log_group=log_group,
            memory_size=_MEMORY_MEGABYTES,
            timeout=Duration.seconds(limits.LONGEST_FUNCTION_SECONDS),
            tracing=lambda_.Tracing.ACTIVE,
            vpc=settings.vpc,
            vpc_subnets=settings.vpc_subnets,
            security_groups=settings.security_groups,
        )
        self.arn = function.function_arn
        self.machine_logs = machine_logs(self, role)

    @classmethod
    def of(cls, scope: Construct) -> ShardFunction:
        """Returns the function of a construct's stack; the first call makes it."""
        stack = scope_facts(scope).stack
        return kept(stack, _ID, lambda: cls(stack, _ID))

    @property
    def policies(self) -> Sequence[IDependable]:
        """The policies, which a workflow must wait for."""
        return self._policy.policies

    def allow(self, actions: tuple[str, ...], resource: str) -> None:
        """Allows the function actions on a resource; what it has already is not repeated."""
        self._policy.allow(actions, resource)
