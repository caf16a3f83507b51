"""Where definitions of state machines are checked: Create, Update, templates, and their types."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from tests.support.flow.definitions import PASS, TASK, one, output
from tests.support.flow.running_aws import RunningAws

SCHEMA = "SCHEMA_VALIDATION_FAILED"


@pytest.fixture(scope="module")
def client(local_aws: RunningAws) -> Any:
    return local_aws.client("stepfunctions")


def test_an_express_machine_cannot_wait(client: Any) -> None:
    states = {**TASK, "Resource": "arn:aws:states:::states:startExecution.sync"}
    answer = client.validate_state_machine_definition(
        definition=json.dumps(one(states)), type="EXPRESS"
    )
    assert answer["diagnostics"] == [
        {
            "severity": "ERROR",
            "code": SCHEMA,
            "message": "Express state machine does not support '.sync' service integration",
            "location": "/States/A/Resource",
        }
    ]


def test_creating_and_updating_check_the_definition(local_aws: RunningAws, client: Any) -> None:
    role = local_aws.create_role("states")
    text = json.dumps(output("1 +"))
    said = (
        "Invalid State Machine Definition: 'INVALID_JSONATA_EXPRESSION: Unexpected end of "
        "expression at /States/A/Output/v'"
    )
    with pytest.raises(ClientError) as refused:
        client.create_state_machine(name="refused", definition=text, roleArn=role)
    assert refused.value.response["Error"] == {"Code": "InvalidDefinition", "Message": said}
    made = client.create_state_machine(
        name="updated", definition=json.dumps(one(PASS)), roleArn=role
    )
    with pytest.raises(ClientError) as refused:
        client.update_state_machine(stateMachineArn=made["stateMachineArn"], definition=text)
    assert refused.value.response["Error"]["Message"] == said


def test_a_template_checks_the_definition(local_aws: RunningAws) -> None:
    resource = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "RoleArn": local_aws.create_role("states"),
            "DefinitionString": json.dumps(output("1 +")),
        },
    }
    cloudformation = local_aws.client("cloudformation")
    cloudformation.create_stack(
        StackName="refused", TemplateBody=json.dumps({"Resources": {"Machine": resource}})
    )
    with pytest.raises(WaiterError):
        cloudformation.get_waiter("stack_create_complete").wait(
            StackName="refused", WaiterConfig={"Delay": 1}
        )
    events = cloudformation.describe_stack_events(StackName="refused")["StackEvents"]
    reasons = " ".join(event.get("ResourceStatusReason", "") for event in events)
    assert "INVALID_JSONATA_EXPRESSION: Unexpected end of expression" in reasons
