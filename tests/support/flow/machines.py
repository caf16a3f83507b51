"""State machines in JSONata and their executions, for tests of Step Functions."""

# boto3 makes its clients at run time.

from __future__ import annotations

import json
import uuid
from typing import Any, Final

from personalize_local.catalog import solutions
from personalize_local.host.environment import ACCOUNT
from tests.support.flow.running_aws import RunningAws
from tests.support.waiting import wait_for

VERSION: Final = solutions.solution_versions(ACCOUNT, "us-east-1")[0].arn
DESCRIBE: Final = "DescribeSolutionVersion"
DESCRIBE_STATE: Final[dict[str, Any]] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:personalize:describeSolutionVersion",
    "Arguments": {"SolutionVersionArn": VERSION},
    "Output": "{% $states.result.SolutionVersion.Status %}",
    "End": True,
}
PASS: Final[dict[str, Any]] = {"Type": "Pass", "End": True}


def allow(action: str, resource: str = "*") -> dict[str, str]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


PERSONALIZE: Final = allow("personalize:*")
START: Final = allow("states:StartExecution")


class Machines:
    """State machines in JSONata, and their executions."""

    def __init__(self, aws: RunningAws) -> None:
        self.aws, self.client = aws, aws.client("stepfunctions")

    def role(self, *statements: dict[str, str]) -> str:
        """Makes a role of a state machine, and answers its ARN."""
        return self.aws.create_role("states", *statements)

    def create(self, states: dict[str, Any], *statements: dict[str, str], **top: Any) -> str:
        definition = {
            "QueryLanguage": "JSONata",
            "StartAt": next(iter(states)),
            "States": states,
            **top,
        }
        made = self.client.create_state_machine(
            name=f"flow-{uuid.uuid4().hex[:8]}",
            definition=json.dumps(definition),
            roleArn=self.role(*statements),
        )
        return str(made["stateMachineArn"])

    def start(self, machine: str, content: object = None, **named: str) -> str:
        started = self.client.start_execution(
            stateMachineArn=machine, input=json.dumps(content), **named
        )
        return str(started["executionArn"])

    def finish(self, execution: str) -> dict[str, Any]:
        """How an execution has ended."""

        def look() -> dict[str, Any]:
            return dict(self.client.describe_execution(executionArn=execution))

        return wait_for(look, lambda found: found["status"] != "RUNNING")

    def run(self, states: dict[str, Any], *statements: dict[str, str], **top: Any) -> Any:
        """Runs a new state machine to its end, and answers its output."""
        ended = self.finish(self.start(self.create(states, *statements, **top)))
        assert ended["status"] == "SUCCEEDED", ended
        return json.loads(ended["output"])

    def of(self, machine: str) -> list[dict[str, Any]]:
        return list(self.client.list_executions(stateMachineArn=machine)["executions"])

    def inputs(self, machine: str) -> list[Any]:
        """What its executions were started with, once they have ended."""
        return [json.loads(self.finish(one["executionArn"])["input"]) for one in self.of(machine)]
