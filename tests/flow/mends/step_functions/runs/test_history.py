"""The events of executions, as LocalStack recorded them on AWS, and how many there can be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.flow.machines import Machines

PASS = {"Type": "Pass", "End": True}
START = {"Effect": "Allow", "Action": "states:StartExecution", "Resource": "*"}


def types(machines: Machines, execution: str) -> list[str]:
    pages = machines.client.get_paginator("get_execution_history").paginate(
        executionArn=execution, maxResults=1000
    )
    return [event["type"] for page in pages for event in page["events"]]


def history(
    machines: Machines, states: dict[str, Any], *statements: dict[str, str], **top: Any
) -> list[str]:
    execution = machines.start(machines.create(states, *statements, **top))
    machines.finish(execution)
    return types(machines, execution)


def test_a_map_writes_an_event_for_each_item(machines: Machines) -> None:
    # tests/aws/services/stepfunctions/v2/scenarios: test_map_state_no_processor_config
    processor = {"StartAt": "Item", "States": {"Item": PASS}}
    state = {"Type": "Map", "Items": [1, 2], "MaxConcurrency": 1, "End": True}
    item = ["MapIterationStarted", "PassStateEntered", "PassStateExited", "MapIterationSucceeded"]
    assert history(machines, {"Map": {**state, "ItemProcessor": processor}}) == [
        "ExecutionStarted",
        "MapStateEntered",
        "MapStateStarted",
        *item,
        *item,
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
    ]


def test_a_distributed_map_leaves_its_items_to_their_own_executions(machines: Machines) -> None:
    # The same: test_map_state_label, test_map_state_config_distributed_item_selector
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Item",
        "States": {"Item": PASS},
    }
    state = {"Type": "Map", "Items": [1, 2], "ItemProcessor": processor, "End": True}
    execution = machines.start(machines.create({"Map": state}, START))
    machines.finish(execution)
    assert types(machines, execution) == [
        "ExecutionStarted",
        "MapStateEntered",
        "MapStateStarted",
        "MapRunStarted",
        "MapRunSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
    ]
    (run,) = machines.client.list_map_runs(executionArn=execution)["mapRuns"]
    children = machines.client.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    assert [types(machines, child["executionArn"]) for child in children] == [
        ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]
    ] * 2


def test_a_failed_map_is_caught(machines: Machines) -> None:
    # The same: test_map_state_catch
    states = {
        "Map": {
            "Type": "Map",
            "Items": [1],
            "ItemProcessor": {
                "StartAt": "No",
                "States": {"No": {"Type": "Fail", "Error": "No", "Cause": "room"}},
            },
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
            "End": True,
        },
        "Caught": PASS,
    }
    assert history(machines, states)[1:] == [
        "MapStateEntered",
        "MapStateStarted",
        "MapIterationStarted",
        "FailStateEntered",
        "MapIterationFailed",
        "MapStateFailed",
        "MapStateExited",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]


def test_the_branches_of_a_parallel_state_have_events(machines: Machines) -> None:
    # The same: test_parallel_state
    branch = {"StartAt": "Branch", "States": {"Branch": PASS}}
    assert history(machines, {"Both": {"Type": "Parallel", "Branches": [branch], "End": True}})[
        1:-1
    ] == [
        "ParallelStateEntered",
        "ParallelStateStarted",
        "PassStateEntered",
        "PassStateExited",
        "ParallelStateSucceeded",
        "ParallelStateExited",
    ]


def test_a_task_has_the_events_of_what_it_calls(machines: Machines) -> None:
    # tests/aws/services/stepfunctions/v2/services: aws-sdk tasks, and v2/callback: .sync
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:listStateMachines",
        "Arguments": {"MaxResults": 1},
        "End": True,
    }
    allowed = {"Effect": "Allow", "Action": "states:*", "Resource": "*"}
    machine = machines.create({"Task": task}, allowed)
    execution = machines.start(machine)
    machines.finish(execution)
    events = machines.client.get_execution_history(executionArn=execution)["events"]
    assert [event["type"] for event in events] == [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    scheduled = events[2]["taskScheduledEventDetails"]
    assert (scheduled["resourceType"], scheduled["resource"]) == (
        "aws-sdk:sfn",
        "listStateMachines",
    )
    assert json.loads(scheduled["parameters"]) == {"MaxResults": 1}
    assert [event["previousEventId"] for event in events] == [0, 0, 2, 3, 4, 5, 6]
    nested = {
        **task,
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": machine},
    }
    assert "TaskSubmitted" in history(machines, {"Task": nested}, allowed)


def test_a_function_has_events_of_its_own(machines: Machines) -> None:
    # tests/aws/services/stepfunctions/v2/services: test_lambda_task
    task = {
        "Type": "Task",
        "Resource": "arn:aws:lambda:us-east-1:000000000000:function:not-there",
        "End": True,
    }
    assert history(machines, {"Task": task}) == [
        "ExecutionStarted",
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionFailed",
        "ExecutionFailed",
    ]


def test_an_expression_that_fails_has_an_event(machines: Machines) -> None:
    # tests/aws/services/stepfunctions/v2/assign: test_undefined_reference
    state = {**PASS, "Output": {"result": "{% $nothing %}"}}
    execution = machines.start(machines.create({"State0": state}))
    ended = machines.finish(execution)
    event = machines.client.get_execution_history(executionArn=execution)["events"][2]
    cause = (
        "An error occurred while executing the state 'State0' (entered at the event id #2). The "
        "JSONata expression '$nothing' specified for the field 'Output/result' returned nothing "
        "(undefined)."
    )
    assert event["type"] == "EvaluationFailed"
    assert event["evaluationFailedEventDetails"] == {
        "cause": cause,
        "error": "States.QueryEvaluationError",
        "location": "Output/result",
        "state": "State0",
    }
    assert (ended["error"], ended["cause"]) == ("States.QueryEvaluationError", cause)


def test_the_last_of_25000_events_is_the_failure(machines: Machines) -> None:
    # Measured on AWS: https://github.com/floci-io/floci/issues/2734
    rule = {"Variable": "$", "IsPresent": True, "Next": "Loop"}
    machine = machines.client.create_state_machine(
        name="endless",
        definition=json.dumps(
            {
                "StartAt": "Loop",
                "States": {
                    "Loop": {"Type": "Choice", "Choices": [rule], "Default": "End"},
                    "End": {"Type": "Succeed"},
                },
            }
        ),
        roleArn=machines.role(),
    )["stateMachineArn"]
    execution = machines.start(machine, {})
    ended = machines.finish(execution)
    assert (ended["status"], ended["error"], ended["cause"]) == (
        "FAILED",
        "States.Runtime",
        "The execution reached the maximum number of history events (25000).",
    )
    last, before = machines.client.get_execution_history(
        executionArn=execution, reverseOrder=True, maxResults=2
    )["events"]
    assert (last["id"], last["type"]) == (25000, "ExecutionFailed")
    assert (before["id"], before["type"]) == (24999, "ChoiceStateExited")


@pytest.mark.parametrize("is_caught", [False, True])
def test_nothing_catches_a_runtime_error(machines: Machines, is_caught: bool) -> None:
    # tests/aws/services/stepfunctions/v2/scenarios: test_catch_states_runtime
    names = ["States.Runtime"] if is_caught else ["States.ALL"]
    states = {
        "Map": {
            "Type": "Map",
            "Items": [1],
            "ItemProcessor": {
                "StartAt": "Item",
                "States": {"Item": {"Type": "Fail", "Error": "States.Runtime"}},
            },
            "Catch": [{"ErrorEquals": names, "Next": "Caught"}],
            "End": True,
        },
        "Caught": PASS,
    }
    ended = machines.finish(machines.start(machines.create(states)))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")
