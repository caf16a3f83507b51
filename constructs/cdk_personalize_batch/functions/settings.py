"""How the Lambda functions of a stack are made, and where they and state machines log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aws_cdk import Aws, Fn
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs

from cdk_personalize_batch._cdk.facts import scope_facts
from cdk_personalize_batch._cdk.kept import is_kept, kept
from cdk_personalize_batch.permissions.actions import USE_NETWORK

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_kms as kms
    from constructs import Construct

_NAME: Final = "function_settings"


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """How the functions of a stack are made; see `BatchRuntime.configure`.

    Without settings they are in no network, and logs are kept for three months.
    """

    vpc: ec2.IVpc | None = None
    vpc_subnets: ec2.SubnetSelection | None = None
    security_groups: Sequence[ec2.ISecurityGroup] | None = None
    log_retention: logs.RetentionDays | None = None
    bootstrap_key: kms.IKey | None = None

    @classmethod
    def of(cls, scope: Construct) -> FunctionSettings:
        """Returns the settings of a construct's stack; they cannot be set from then on."""
        return kept(scope_facts(scope).stack, _NAME, cls)

    @property
    def retention(self) -> logs.RetentionDays:
        """How long logs are kept."""
        return self.log_retention or logs.RetentionDays.THREE_MONTHS

    def set_for(self, scope: Construct) -> None:
        """Makes these the settings of a construct's stack."""
        kept(scope_facts(scope).stack, _NAME, lambda: self)


def is_settled(scope: Construct) -> bool:
    """Tells whether the settings of a construct's stack have been set or used."""
    return is_kept(scope_facts(scope).stack, _NAME)


def function_role(scope: Construct, *, description: str | None = None) -> iam.Role:
    """Makes the role of a function."""
    policies = None
    if FunctionSettings.of(scope).vpc is not None:
        # In the role itself: Lambda looks for these when it makes the function.
        network = iam.PolicyStatement(actions=list(USE_NETWORK), resources=["*"])
        policies = {"Network": iam.PolicyDocument(statements=[network])}
    return iam.Role(
        scope,
        "Role",
        description=description,
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        inline_policies=policies,
    )


def function_logs(scope: Construct) -> logs.LogGroup:
    """Makes the log group of a function."""
    return logs.LogGroup(scope, "Logs", retention=FunctionSettings.of(scope).retention)


def machine_logs(scope: Construct, role: iam.IRole) -> logs.LogGroup:
    """Makes a log group for state machines.

    Step Functions adds a log group to a resource policy of the Region, which has room for about 40
    and is never cleaned up, unless its name begins with ``/aws/vendedlogs/``. The group is kept, so
    its name must not come again when the stack or a part of it does: it has a part of the stack's
    id, and the name that CloudFormation makes for the role.

    Source: the Step Functions developer guide, "Using CloudWatch Logs to log execution history".

    Args:
        scope: The parent construct.
        role: A role that comes and goes with the group.
    """
    stack_id = Fn.select(2, Fn.split("/", Aws.STACK_ID))
    stack = f"{Aws.STACK_NAME}-{Fn.select(0, Fn.split('-', stack_id))}"
    return logs.LogGroup(
        scope,
        "MachineLogs",
        log_group_name=f"/aws/vendedlogs/states/{stack}/{role.role_name}",
        retention=FunctionSettings.of(scope).retention,
    )
