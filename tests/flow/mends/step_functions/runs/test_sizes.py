"""The 256 KiB of a state's data; Step Functions Developer Guide, Service quotas."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.flow.machines import Machines

MOST = 262_144
LIMIT = "States.DataLimitExceeded"
PASS = {"Type": "Pass", "End": True}
CAUGHT = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
GET = "arn:aws:states:::aws-sdk:s3:getObject"


def said(name: str) -> str:
    return (
        f"The state/task '{name}' returned a result with a size exceeding the maximum number of "
        "bytes service limit."
    )


def text(size: int) -> str:
    """An expression for a string of so many bytes of JSON, quotes included."""
    return f"{{% $pad('', {size - 2}, 'x') %}}"


@pytest.mark.parametrize(("size", "status"), [(MOST, "SUCCEEDED"), (MOST + 1, "FAILED")])
def test_the_output_of_a_state_is_limited(machines: Machines, size: int, status: str) -> None:
    states = {"Large": {**PASS, "Output": text(size)}}
    ended = machines.finish(machines.start(machines.create(states)))
    assert ended["status"] == status
    if status == "FAILED":
        assert (ended["error"], ended["cause"]) == (LIMIT, said("Large"))


def test_the_limit_counts_bytes(machines: Machines) -> None:
    states = {"Large": {**PASS, "Output": f"{{% $pad('', {MOST // 2}, 'ł') %}}"}}
    assert machines.finish(machines.start(machines.create(states)))["error"] == LIMIT


def test_variables_are_limited(machines: Machines) -> None:
    state = {**PASS, "Assign": {"kept": text(MOST + 1)}, "Output": 1}
    assert machines.finish(machines.start(machines.create({"Large": state})))["error"] == LIMIT


@pytest.mark.parametrize("mode", ["INLINE", "DISTRIBUTED"])
def test_the_result_of_a_map_is_limited_and_not_caught(machines: Machines, mode: str) -> None:
    config = {"Mode": mode} | ({"ExecutionType": "STANDARD"} if mode == "DISTRIBUTED" else {})
    states = {
        "Map": {
            "Type": "Map",
            "Items": [1, 2],
            "ItemProcessor": {
                "ProcessorConfig": config,
                "StartAt": "Item",
                "States": {"Item": {**PASS, "Output": text(MOST // 2)}},
            },
            "Output": "small",
            "Catch": CAUGHT,
            "End": True,
        },
        "Caught": PASS,
    }
    start = {"Effect": "Allow", "Action": "states:StartExecution", "Resource": "*"}
    ended = machines.finish(machines.start(machines.create(states, start)))
    assert (ended["error"], ended["cause"]) == (LIMIT, said("Map"))


def test_the_result_of_a_task_is_caught(machines: Machines, bucket: str) -> None:
    # Recorded on AWS: LocalStack, v2/error_handling/test_states_errors
    machines.aws.client("s3").put_object(Bucket=bucket, Key="large", Body=b"x" * MOST)
    states: dict[str, Any] = {
        "Get": {
            "Type": "Task",
            "Resource": GET,
            "Arguments": {"Bucket": bucket, "Key": "large"},
            "Output": "small",
            "Catch": CAUGHT,
            "End": True,
        },
        "Caught": PASS,
    }
    allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    told = machines.run(states, allowed)
    assert told == {"Error": LIMIT, "Cause": said("aws-sdk:s3")}


def test_the_input_of_an_execution_is_limited(machines: Machines) -> None:
    # botocore stepfunctions SensitiveData
    machine = machines.create({"A": PASS})
    machines.finish(machines.start(machine, "x" * (MOST - 2)))
    with pytest.raises(ClientError, match="length less than or equal to 262144") as refused:
        machines.start(machine, "x" * (MOST - 1), name=uuid.uuid4().hex)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_the_input_of_an_execution_is_json(machines: Machines) -> None:
    # Recorded on AWS: LocalStack, v2/test_sfn_api
    machine = machines.create({"A": PASS})
    with pytest.raises(ClientError) as refused:
        machines.client.start_execution(stateMachineArn=machine, input="not json")
    assert refused.value.response["Error"]["Code"] == "InvalidExecutionInput"
    assert json.dumps("Invalid State Machine Execution Input")[1:-1] in str(refused.value)
