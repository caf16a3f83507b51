"""The state machine that waits for the end of the batch jobs of a stack."""

from __future__ import annotations

from typing import Final

from aws_cdk import Aws, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_personalize_batch._definition import waiter_definition
from cdk_personalize_batch._singletons import RuntimeFunction

_ID: Final = "PersonalizeBatchWaiter"


class Waiter(Construct):
    """Waits for one kind of job, in the name of any number of them.

    Args:
        scope: The stack.
        id: The construct id.
        kind: ``BatchInferenceJob`` or ``BatchSegmentJob``.
        jobs: The pattern of the ARNs of the jobs.
        runtime: The function that signals the end.
    """

    def __init__(
        self, scope: Construct, id: str, *, kind: str, jobs: str, runtime: RuntimeFunction
    ) -> None:
        super().__init__(scope, id)
        definition = waiter_definition(kind, partition=Aws.PARTITION, function_arn=runtime.arn)
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        for action, resource in (
            (f"personalize:Describe{kind}", jobs),
            ("lambda:InvokeFunction", runtime.arn),
        ):
            role.add_to_policy(iam.PolicyStatement(actions=[action], resources=[resource]))
        self._machine = sfn.StateMachine(
            self,
            "StateMachine",
            comment=definition["Comment"],
            definition_body=sfn.DefinitionBody.from_string(
                Stack.of(self).to_json_string(definition)
            ),
            role=role,
            logs=sfn.LogOptions(
                destination=logs.LogGroup(self, "Logs", retention=logs.RetentionDays.THREE_MONTHS),
                level=sfn.LogLevel.ALL,
                # The input holds the handle's presigned URL, which anybody could signal.
                include_execution_data=False,
            ),
            tracing_enabled=True,
        )
        runtime.allow(("states:StartExecution",), self._machine.state_machine_arn)

    @classmethod
    def of(cls, scope: Construct, *, kind: str, jobs: str, runtime: RuntimeFunction) -> Waiter:
        """Returns the waiter of a construct's stack; the first call makes it.

        Args:
            scope: The construct.
            kind: ``BatchInferenceJob`` or ``BatchSegmentJob``.
            jobs: The pattern of the ARNs of the jobs.
            runtime: The function that signals the end.
        """
        stack = Stack.of(scope)
        name = f"{_ID}{kind.removeprefix('Batch').removesuffix('Job')}"
        found = stack.node.try_find_child(name)
        if isinstance(found, Waiter):
            return found
        return cls(stack, name, kind=kind, jobs=jobs, runtime=runtime)

    @property
    def arn(self) -> str:
        """The ARN of the state machine."""
        return self._machine.state_machine_arn
