"""State machines, and roles for them that may do what a policy says and nothing the CDK adds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn

from cdk_personalize_batch.functions.definition_file import definition_file

if TYPE_CHECKING:
    from aws_cdk import aws_logs as logs
    from constructs import Construct

# Source: the Step Functions developer guide, "Logging in CloudWatch Logs" and "AWS X-Ray and Step
# Functions"; none of them takes a resource.
_LOG_AND_TRACE: Final = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
)


def make_machine(
    scope: Construct,
    definition: Mapping[str, Any],
    *,
    name: str | None = None,
    role: iam.IRole,
    log_group: logs.ILogGroup,
) -> sfn.StateMachine:
    """Makes a state machine from its definition in Amazon States Language.

    Args:
        scope: The parent construct.
        definition: The definition; what only the deployment knows in it is harmless already.
        name: Its name. Default: - one that CloudFormation makes.
        role: Its role.
        log_group: Where it logs.
    """
    file = definition_file(scope, definition)
    return sfn.StateMachine(
        scope,
        "StateMachine",
        state_machine_name=name,
        comment=definition["Comment"],
        definition_body=sfn.DefinitionBody.from_file(str(file.path)),
        definition_substitutions=dict(file.substitutions),
        role=role,
        logs=sfn.LogOptions(
            destination=log_group,
            level=sfn.LogLevel.ALL,
            # Keys of objects can tell more than a log should, and the handle's presigned URL, which
            # a waiter is told, could be signalled by anybody.
            include_execution_data=False,
        ),
        tracing_enabled=True,
    )


def make_role(scope: Construct, definition: Mapping[str, Any]) -> iam.Role:
    """Makes the role of a state machine, which can only log and trace."""
    return iam.Role(
        scope,
        "Role",
        description=definition["Comment"],
        assumed_by=iam.ServicePrincipal("states.amazonaws.com"),
        # In the role, because the state machine cannot be made without them; other policies can
        # name the state machine, so it must not wait for them.
        inline_policies={
            "Logs": iam.PolicyDocument(
                statements=[iam.PolicyStatement(actions=list(_LOG_AND_TRACE), resources=["*"])]
            )
        },
    )


def make_policy(
    scope: Construct, role: iam.Role, statements: Iterable[iam.PolicyStatement]
) -> iam.Policy:
    """Makes the policy of a role, apart from what is in the role."""
    policy = iam.Policy(scope, "Policy", roles=[role])
    for statement in statements:
        policy.add_statements(statement)
    return policy
