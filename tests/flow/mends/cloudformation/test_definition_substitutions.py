"""Definitions of state machines whose substitutions name each other."""

from __future__ import annotations

import json
from typing import Any

from tests.support.flow.running_aws import RunningAws
from tests.support.flow.stacks import Stack

MACHINE = "AWS::StepFunctions::StateMachine"


def make(aws: RunningAws, stack: Stack, **substitutions: str) -> str:
    end = {"Type": "Pass", "Output": {"said": "${First}"}, "End": True}
    definition = {"QueryLanguage": "JSONata", "StartAt": "End", "States": {"End": end}}
    properties: dict[str, Any] = {
        "DefinitionString": json.dumps(definition),
        "DefinitionSubstitutions": substitutions,
        "RoleArn": aws.create_role("states"),
    }
    return stack.make({"Machine": {"Type": MACHINE, "Properties": properties}})


def test_what_one_puts_there_is_searched_for_others(local_aws: RunningAws, stack: Stack) -> None:
    # In either order.
    given = {"Second": "b ${Third}", "First": "a ${Second}", "Third": "c"}
    assert make(local_aws, stack, **given) == "CREATE_COMPLETE"
    found = local_aws.client("stepfunctions").describe_state_machine(
        stateMachineArn=stack.physical_id("Machine")
    )
    assert json.loads(found["definition"])["States"]["End"]["Output"] == {"said": "a b c"}


def test_one_that_names_itself_fails_the_stack(local_aws: RunningAws, stack: Stack) -> None:
    assert make(local_aws, stack, First="x ${First}") == "ROLLBACK_COMPLETE"
    assert "Endless loop" in stack.reason("Machine")
