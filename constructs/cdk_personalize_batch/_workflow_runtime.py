"""The Lambda function that cuts large input, one for all workflows of a stack, and their logs."""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk_personalize_batch import _permissions
from cdk_personalize_batch._assets import shards_code

_ID: Final = "PersonalizeBatchShards"
_HANDLER: Final = "personalize_batch_runtime.shards.handler"
_MEMORY_MEGABYTES: Final = 256
_TIMEOUT_SECONDS: Final = 900


class ShardFunction(Construct):
    """The function, and a policy that grows with the workflows that use it.

    Args:
        scope: The stack.
        id: The construct id.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self.log_group = logs.LogGroup(self, "Logs", retention=logs.RetentionDays.THREE_MONTHS)
        # A policy inside the role, which has no resource of its own; equal statements become one.
        self._policy = iam.PolicyDocument(minimize=True)
        self.allow(_permissions.WRITE_LOGS, self.log_group.log_group_arn)
        self.allow(("xray:PutTraceSegments", "xray:PutTelemetryRecords"), "*")
        function = lambda_.Function(
            self,
            "Function",
            description="Cuts large input of Amazon Personalize batch workflows of this stack",
            code=shards_code(),
            handler=_HANDLER,
            runtime=lambda_.Runtime.PYTHON_3_14,
            # Without updates: tracing would add a policy of its own.
            role=self._make_role().without_policy_updates(),
            log_group=self.log_group,
            memory_size=_MEMORY_MEGABYTES,
            timeout=Duration.seconds(_TIMEOUT_SECONDS),
            tracing=lambda_.Tracing.ACTIVE,
        )
        self.arn = function.function_arn

    @classmethod
    def of(cls, scope: Construct) -> ShardFunction:
        """Returns the function of a construct's stack; the first call makes it.

        Args:
            scope: The construct.
        """
        stack = Stack.of(scope)
        found = stack.node.try_find_child(_ID)
        return found if isinstance(found, ShardFunction) else cls(stack, _ID)

    def allow(self, actions: tuple[str, ...], resource: str) -> None:
        """Allows the function actions on a resource.

        Args:
            actions: The actions.
            resource: The ARN, or a pattern of ARNs.
        """
        statement = iam.PolicyStatement(actions=list(actions), resources=[resource])
        self._policy.add_statements(statement)

    def _make_role(self) -> iam.Role:
        return iam.Role(
            self,
            "Role",
            description="Cuts large input of Amazon Personalize batch workflows",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            inline_policies={"Shards": self._policy},
        )
