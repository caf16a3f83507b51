"""State machines whose role may do what its policy says, and nothing that the CDK adds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn

from cdk_personalize_batch import _facts
from cdk_personalize_batch._json import to_json

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
    scope: Construct, definition: Mapping[str, Any], *, log_group: logs.ILogGroup
) -> tuple[sfn.StateMachine, iam.Role]:
    """Makes a state machine, and a role that can only log and trace.

    Args:
        scope: The parent construct.
        definition: The state machine in Amazon States Language.
        log_group: Where it logs.
    """
    role = iam.Role(
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
    machine = sfn.StateMachine(
        scope,
        "StateMachine",
        comment=definition["Comment"],
        definition_body=sfn.DefinitionBody.from_string(
            to_json(_facts.of_scope(scope).stack, definition)
        ),
        role=role.without_policy_updates(),
        logs=sfn.LogOptions(
            destination=log_group,
            level=sfn.LogLevel.ALL,
            # The keys of objects can tell more than a log should.
            include_execution_data=False,
        ),
        tracing_enabled=True,
    )
    return machine, role


def make_policy(
    scope: Construct, role: iam.Role, statements: Iterable[iam.PolicyStatement]
) -> iam.Policy:
    """Makes the policy of a role.

    Args:
        scope: The parent construct.
        role: The role.
        statements: What it allows.
    """
    policy = iam.Policy(scope, "Policy", roles=[role])
    for statement in statements:
        policy.add_statements(statement)
    return policy
