"""Lambda functions as the constructs make them: runtime, warm workers, settings, concurrency."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.support.flow.functions import Function
from tests.support.flow.running_aws import RunningAws
from tests.support.waiting import wait_for

CODE = """
import pathlib, time

calls = 0

def handler(event, context):
    global calls
    calls += 1
    if "started" in event:
        pathlib.Path(event["started"]).touch()
        while not pathlib.Path(event["until"]).exists():
            time.sleep(0.02)
    return {"calls": calls, "milliseconds": context.get_remaining_time_in_millis(),
            "id": context.aws_request_id}
"""


def test_a_worker_stays_warm(local_aws: RunningAws) -> None:
    function = Function(local_aws, CODE, Timeout=600)
    first, last = (function.call({})["Payload"] for _ in range(2))
    assert (first["calls"], last["calls"]) == (1, 2)
    assert first["id"] != last["id"]
    assert 500_000 < first["milliseconds"] <= 600_000


def test_settings_of_a_network_are_accepted(local_aws: RunningAws) -> None:
    network = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    function = Function(local_aws, CODE, VpcConfig=network)
    assert function.call({})["Payload"]["calls"] == 1


def test_reserved_concurrency_bounds_the_invocations(local_aws: RunningAws, tmp_path: Path) -> None:
    function = Function(local_aws, CODE)
    function.client.put_function_concurrency(
        FunctionName=function.name, ReservedConcurrentExecutions=1
    )
    started, until = tmp_path / "started", tmp_path / "until"
    event = {"started": str(started), "until": str(until)}
    slow = threading.Thread(target=function.call, args=[event])
    slow.start()
    wait_for(started.exists)
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        function.call({})
    until.touch()
    slow.join()
    assert function.call({})["Payload"]["calls"] == 2
