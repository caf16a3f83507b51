"""The log groups of state machines, and the resource policy that names them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from personalize_local.host.environment import ACCOUNT
from tests.support.flow.policies import policy_of, refusal_of
from tests.support.flow.running_aws import RunningAws
from tests.support.flow.stacks import Stack

POLICY = "AWSLogDeliveryWrite20150319"
DEFINITION = {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}
LOGS = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
FULL = (
    400,
    "InvalidLoggingConfiguration",
    "Invalid Logging Configuration: The CloudWatch Logs Resource Policy size was exceeded. "
    "We suggest prefixing your CloudWatch log group name with /aws/vendedlogs/states/.",
)


class Logging:
    """State machines that log, and what the account's resource policy has of them."""

    def __init__(self, aws: RunningAws) -> None:
        self.logs, self.states = aws.client("logs"), aws.client("stepfunctions")
        self.role, self.unable = aws.create_role("states", LOGS), aws.create_role("states")

    def group(self, name: str) -> str:
        """Makes a log group; answers its ARN as state machines take it."""
        self.logs.create_log_group(logGroupName=name)
        return f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{name}:*"

    def asked(self, group: str, role: str = "", level: str = "ALL") -> dict[str, Any]:
        """The parameters of a state machine that logs to a group."""
        destination = {"cloudWatchLogsLogGroup": {"logGroupArn": group}}
        return {
            "name": f"flow-{uuid.uuid4().hex[:8]}",
            "definition": json.dumps(DEFINITION),
            "roleArn": role or self.role,
            "loggingConfiguration": {"level": level, "destinations": [destination]},
        }

    def fill(self, stem: str) -> None:
        """Logs to groups with long names until there is no room for another, then to shorter ones.

        The last ones are as short as the stem with a number.
        """
        for length in (400, 100, 0):
            for number in range(20):
                group = self.group(f"{stem}-{length}-{number}" + "x" * length)
                try:
                    self.states.create_state_machine(**self.asked(group))
                except self.states.exceptions.InvalidLoggingConfiguration:
                    break

    def policies(self) -> list[dict[str, Any]]:
        return list(self.logs.describe_resource_policies()["resourcePolicies"])

    def noted(self) -> list[str]:
        """The log groups in the policy."""
        for policy in self.policies():
            if policy["policyName"] == POLICY:
                (statement,) = json.loads(policy["policyDocument"])["Statement"]
                return [one.split(":")[6] for one in statement["Resource"]]
        return []


@pytest.fixture
def logging(local_aws: RunningAws) -> Iterator[Logging]:
    made = Logging(local_aws)
    yield made
    if made.noted():
        # Or what other tests log to would find it full.
        made.logs.delete_resource_policy(policyName=POLICY)


@pytest.fixture
def name() -> str:
    return f"flow-{uuid.uuid4().hex[:8]}"


def test_a_group_is_noted_once_and_stays(logging: Logging, name: str) -> None:
    group = logging.group(name)
    for _ in range(2):
        machine = logging.states.create_state_machine(**logging.asked(group))
        logging.states.delete_state_machine(stateMachineArn=machine["stateMachineArn"])
    logging.logs.delete_log_group(logGroupName=name)
    assert logging.noted().count(name) == 1


@pytest.mark.parametrize("level", ["ALL", "OFF"])
def test_a_vended_group_and_one_that_is_off_are_not_noted(
    logging: Logging, name: str, level: str
) -> None:
    name = f"/aws/vendedlogs/states/{name}" if level == "ALL" else name
    before = logging.noted()
    logging.states.create_state_machine(**logging.asked(logging.group(name), level=level))
    assert logging.noted() == before


def test_the_policy_can_be_full(logging: Logging, name: str) -> None:
    logging.fill(name)
    before, asked = logging.noted(), logging.asked(logging.group(f"{name}-more"))
    assert refusal_of(logging.states.create_state_machine, **asked) == FULL
    assert logging.noted() == before
    vended = logging.group(f"/aws/vendedlogs/states/{name}")
    machine = logging.states.create_state_machine(**logging.asked(vended))["stateMachineArn"]
    update = {"stateMachineArn": machine, "loggingConfiguration": asked["loggingConfiguration"]}
    assert refusal_of(logging.states.update_state_machine, **update) == FULL


def test_ten_other_policies_leave_no_room(logging: Logging, name: str) -> None:
    asked = logging.asked(logging.group(name))
    there = [one["policyName"] for one in logging.policies()]
    others = [f"{name}-{number}" for number in range(10 - len(there))]
    for other in others:
        logging.logs.put_resource_policy(policyName=other, policyDocument=policy_of(200))
    assert refusal_of(logging.states.create_state_machine, **asked) == FULL
    for other in others:
        logging.logs.delete_resource_policy(policyName=other)


def test_a_role_without_the_rights_to_log_is_refused(logging: Logging, name: str) -> None:
    asked = logging.asked(logging.group(name), logging.unable)
    assert refusal_of(logging.states.create_state_machine, **asked) == (
        400,
        "AccessDeniedException",
        "The state machine IAM Role is not authorized to access the Log Destination",
    )


def machine(role: str, group: str) -> dict[str, Any]:
    """A template's log group, and the state machine that logs to it."""
    arn = {"LogGroupArn": {"Fn::GetAtt": ["Group", "Arn"]}}
    properties = {
        "DefinitionString": json.dumps(DEFINITION),
        "RoleArn": role,
        "LoggingConfiguration": {
            "Level": "ALL",
            "Destinations": [{"CloudWatchLogsLogGroup": arn}],
        },
    }
    return {
        "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": group}},
        "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties},
    }


def test_what_a_stack_has_noted_stays_when_it_goes(logging: Logging, stack: Stack) -> None:
    assert stack.make(machine(logging.role, stack.name)) == "CREATE_COMPLETE"
    assert stack.name in logging.noted()
    stack.delete()
    stack.reaches(stack.name, "DELETE_COMPLETE")
    assert stack.name in logging.noted()


def test_a_stack_finds_the_policy_full(logging: Logging, stack: Stack) -> None:
    logging.fill(stack.name)
    assert stack.make(machine(logging.role, f"{stack.name}-own")) == "ROLLBACK_COMPLETE"
    assert FULL[2] in stack.reason("Machine")
