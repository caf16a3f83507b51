"""The Lambda function behind all batch jobs of a stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct, IDependable

from cdk_personalize_batch import _facts, _permissions
from cdk_personalize_batch._assets import job_code
from cdk_personalize_batch._growing_policy import GrowingPolicy

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2

FUNCTION_ID: Final = "PersonalizeBatchRuntime"
_HANDLER: Final = "personalize_batch_runtime.job.handler"
_MEMORY_MEGABYTES: Final = 256
_TIMEOUT_SECONDS: Final = 600
# Longer than the function's own time, so that its answer, which says more, comes first; with room
# for one of the retries that Lambda makes after a crash.
_SERVICE_TIMEOUT_SECONDS: Final = 900


@cache
def service_timeout() -> Duration:
    """Returns how long CloudFormation waits for the answer of the function."""
    return Duration.seconds(_SERVICE_TIMEOUT_SECONDS)


@dataclass(frozen=True, slots=True)
class RuntimeSettings:
    """How the function of a stack is made; see `BatchRuntime.configure`."""

    vpc: ec2.IVpc | None = None
    vpc_subnets: ec2.SubnetSelection | None = None
    security_groups: Sequence[ec2.ISecurityGroup] | None = None
    log_retention: logs.RetentionDays | None = None


_ATTRIBUTE: Final = "_cdk_personalize_batch_runtime"


class RuntimeFunction(Construct):
    """The function, and a policy that grows with the jobs that use it.

    Args:
        scope: The stack.
        id: The construct id.
        settings: How it is made. Default: - in no network, with logs kept for three months.
    """

    def __init__(
        self, scope: Construct, id: str, *, settings: RuntimeSettings | None = None
    ) -> None:
        super().__init__(scope, id)
        settings = settings or RuntimeSettings()
        retention = settings.log_retention or logs.RetentionDays.THREE_MONTHS
        log_group = logs.LogGroup(self, "Logs", retention=retention)
        role = self._make_role(is_in_network=settings.vpc is not None)
        # Not the role's default policy: the function would depend on it, and with it on what the
        # statements of jobs name, such as a state machine that calls the function.
        self._policy = GrowingPolicy(self, "Policy", role)
        self.allow(_permissions.WRITE_LOGS, log_group.log_group_arn)
        self._function = lambda_.Function(
            self,
            "Function",
            description="Creates the Amazon Personalize batch jobs of this stack",
            code=job_code(),
            handler=_HANDLER,
            runtime=lambda_.Runtime.PYTHON_3_14,
            role=role,
            log_group=log_group,
            memory_size=_MEMORY_MEGABYTES,
            timeout=Duration.seconds(_TIMEOUT_SECONDS),
            vpc=settings.vpc,
            vpc_subnets=settings.vpc_subnets,
            security_groups=settings.security_groups,
        )
        self._arn = self._function.function_arn
        setattr(scope, _ATTRIBUTE, self)

    @classmethod
    def of(cls, scope: Construct) -> RuntimeFunction:
        """Returns the function of a construct's stack; the first call makes it.

        Args:
            scope: The construct.
        """
        stack = _facts.of_scope(scope).stack
        found: RuntimeFunction | None = getattr(stack, _ATTRIBUTE, None)
        return found or cls(stack, FUNCTION_ID)

    @property
    def arn(self) -> str:
        """The ARN of the function."""
        return self._arn

    @property
    def policies(self) -> Sequence[IDependable]:
        """The policies, which a job must wait for."""
        return self._policy.policies

    @property
    def function(self) -> lambda_.Function:
        """The function."""
        return self._function

    def allow(
        self,
        actions: Sequence[str],
        resource: str,
        conditions: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """Allows the function actions on a resource; what it has already is not repeated.

        Args:
            actions: The actions.
            resource: The ARN, or a pattern of ARNs.
            conditions: The conditions of the statement. Default: - none.
        """
        self._policy.allow(actions, resource, conditions)

    def _make_role(self, *, is_in_network: bool) -> iam.Role:
        # In the role itself: Lambda looks for these when it makes the function.
        policies = None
        if is_in_network:
            network = iam.PolicyStatement(actions=list(_permissions.USE_NETWORK), resources=["*"])
            policies = {"Network": iam.PolicyDocument(statements=[network])}
        return iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            inline_policies=policies,
        )
