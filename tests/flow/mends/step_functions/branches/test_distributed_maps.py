"""A Distributed Map takes JSONata, and reads and starts its items as the role."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.flow.machines import (
    START,
    Machines,
    allow,
)
from tests.support.flow.running_aws import RunningAws


def distributed_map(reader: dict[str, Any]) -> dict[str, Any]:
    item = {"Type": "Pass", "Output": "{% $states.input.n * $states.input.by %}", "End": True}
    return {
        "Map": {
            "Type": "Map",
            "ItemReader": reader,
            "ItemSelector": {
                "n": "{% $states.context.Map.Item.Value.n %}",
                "by": "{% $states.input.by %}",
            },
            "MaxConcurrency": "{% $states.input.by %}",
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Item",
                "States": {"Item": item},
            },
            "Output": {"all": "{% $states.result %}"},
            "End": True,
        }
    }


@pytest.mark.parametrize("kind", ["JSON", "JSONL"])
def test_a_distributed_map_reads_its_items_as_the_role(
    local_aws: RunningAws, machines: Machines, bucket: str, kind: str
) -> None:
    items = [{"n": number} for number in range(4)]
    lines = "\n".join(json.dumps(item) for item in items)
    body = json.dumps(items) if kind == "JSON" else lines
    local_aws.client("s3").put_object(Bucket=bucket, Key="plan", Body=body.encode())
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": kind},
        "Arguments": {"Bucket": "{% $states.input.bucket %}", "Key": "plan"},
    }
    read = allow("s3:GetObject", f"arn:aws:s3:::{bucket}/plan")
    content = {"bucket": bucket, "by": 2}
    outcomes = []
    for statements in ([read, START], [START], [read]):
        machine = machines.create(distributed_map(reader), *statements)
        ended = machines.finish(machines.start(machine, content))
        outcomes.append(ended.get("cause") or json.loads(ended["output"]))
    assert outcomes[0] == {"all": [0, 2, 4, 6]}
    assert "s3:GetObject" in outcomes[1]
    assert "states:StartExecution" in outcomes[2]
