"""The state machine that waits for the end of the batch jobs of a stack."""

from __future__ import annotations

from typing import Final

from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_personalize_batch._cdk.facts import scope_facts
from cdk_personalize_batch._cdk.kept import kept
from cdk_personalize_batch.functions.job_function import RuntimeFunction
from cdk_personalize_batch.functions.machine import make_machine
from cdk_personalize_batch.functions.settings import machine_logs
from cdk_personalize_batch.request.kind import JobKind
from cdk_personalize_batch.states.machines.waiter import waiter_definition

_ID: Final = "PersonalizeBatchWaiter"


class Waiter(Construct):
    """Waits for one kind of job, in the name of any number of them."""

    def __init__(
        self, scope: Construct, id: str, *, kind: JobKind, runtime: RuntimeFunction
    ) -> None:
        super().__init__(scope, id)
        facts = scope_facts(scope)
        definition = waiter_definition(kind, partition=facts.partition, function_arn=runtime.arn)
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        for action, resource in (
            (kind.describe_action, kind.arn(facts, "*")),
            ("lambda:InvokeFunction", runtime.arn),
        ):
            role.add_to_policy(iam.PolicyStatement(actions=[action], resources=[resource]))
        self._machine = make_machine(
            self, definition, role=role, log_group=machine_logs(self, role)
        )
        runtime.allow(("states:StartExecution",), self._machine.state_machine_arn)

    @classmethod
    def of(cls, scope: Construct, *, kind: JobKind, runtime: RuntimeFunction) -> Waiter:
        """Returns the waiter of a construct's stack; the first call makes it."""
        stack = scope_facts(scope).stack
        name = f"{_ID}{kind.short_name}"
        return kept(stack, name, lambda: cls(stack, name, kind=kind, runtime=runtime))

    @property
    def arn(self) -> str:
        """The ARN of the state machine."""
        return self._machine.state_machine_arn
