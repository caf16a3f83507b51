"""The Lambda function behind all batch jobs of a stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from aws_cdk import Aws, CfnResource, Duration
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IDependable

from cdk_personalize_batch import limits
from cdk_personalize_batch._cdk.facts import scope_facts
from cdk_personalize_batch._cdk.kept import kept
from cdk_personalize_batch.functions.assets import job_code
from cdk_personalize_batch.functions.settings import FunctionSettings, function_logs, function_role
from cdk_personalize_batch.permissions.actions import LOOK_AT_STACK, WRITE_LOGS
from cdk_personalize_batch.permissions.growing_policy import GrowingPolicy

_ID: Final = "PersonalizeBatchRuntime"
_HANDLER: Final = "personalize_batch_runtime.job.handler"
_MEMORY_MEGABYTES: Final = 256
_TIMEOUT_SECONDS: Final = 600
# Longer than the function's own time, so that its answer, which says more, comes first; with room
# for one of the retries that Lambda makes after a crash.
_SERVICE_TIMEOUT_SECONDS: Final = 900


@cache
def service_timeout(*, waits_for_room: bool) -> Duration:
    """Returns how long CloudFormation waits for the answer of the function.

    Args:
        waits_for_room: Whether the function goes on in further invocations.
    """
    longest = limits.LONGEST_SERVICE_TIMEOUT_SECONDS
    return Duration.seconds(longest if waits_for_room else _SERVICE_TIMEOUT_SECONDS)


class RuntimeFunction(Construct):
    """The function, and a policy that grows with the jobs that use it."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        settings = FunctionSettings.of(scope)
        log_group = function_logs(self)
        role = function_role(self)
        # Not the role's default policy: the function would depend on it, and with it on what the
        # statements of jobs name, such as a state machine that calls the function.
        self._policy = GrowingPolicy(self, "Policy", role)
        self.allow(WRITE_LOGS, log_group.log_group_arn)
        self.allow(LOOK_AT_STACK, Aws.STACK_ID)
        self._function = lambda_.Function(
            self,
            "Function",
            description="Creates the Amazon Personalize batch jobs of this stack",
            code=job_code(self),
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
        key = settings.bootstrap_key
        self.bootstrap_key_arn = None if key is None else key.key_arn

    @classmethod
    def of(cls, scope: Construct) -> RuntimeFunction:
        """Returns the function of a construct's stack; the first call makes it."""
        stack = scope_facts(scope).stack
        return kept(stack, _ID, lambda: cls(stack, _ID))

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

    def go_on_in_further_invocations(self) -> None:
        """Lets the function call itself before its time ends, and gives it as much as it can have.

        Each call is one of the few after which Lambda stops a chain of them.
        """
        resource = self._function.node.default_child
        assert isinstance(resource, CfnResource)  # noqa: S101 - for the type checker
        resource.add_property_override("Timeout", limits.LONGEST_FUNCTION_SECONDS)
        self.allow(("lambda:InvokeFunction",), self._arn)

    def allow(
        self,
        actions: Sequence[str],
        resource: str,
        conditions: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """Allows the function actions on a resource; what it has already is not repeated."""
        self._policy.allow(actions, resource, conditions)
