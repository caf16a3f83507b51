"""Lambda functions as the constructs make them: runtime, warm workers, settings, concurrency."""

# boto3 makes its clients at run time.
# ruff: noqa: ANN401

from __future__ import annotations

import io
import json
import threading
import time
import uuid
import zipfile
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

CODE = """
import sys, time

calls = 0

def handler(event, context):
    global calls
    calls += 1
    time.sleep(event.get("seconds", 0))
    if event.get("fails"):
        raise ValueError("as told")
    return {"calls": calls, "milliseconds": context.get_remaining_time_in_millis(),
            "python": sys.version_info[:2], "id": context.aws_request_id}
"""


class Function:
    """A function of one test."""

    def __init__(self, aws: Any, **settings: Any) -> None:
        self.name = f"flow-{uuid.uuid4().hex[:8]}"
        self.client = aws.client(
            "lambda", config=Config(retries={"total_max_attempts": 1}, read_timeout=30)
        )
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("index.py", CODE)
        self.client.create_function(
            FunctionName=self.name,
            Runtime="python3.13",
            Architectures=["arm64"],
            Handler="index.handler",
            Role=aws.create_role("lambda"),
            Code={"ZipFile": code.getvalue()},
            **settings,
        )

    def invoke(self, **event: object) -> Any:
        answer = self.client.invoke(FunctionName=self.name, Payload=json.dumps(event))
        return json.loads(answer["Payload"].read())


def test_a_worker_stays_warm(local_aws: Any) -> None:
    function = Function(local_aws, Timeout=30)
    first, last = function.invoke(), function.invoke()
    assert (first["calls"], last["calls"]) == (1, 2)
    assert first["id"] != last["id"]
    assert 25_000 < first["milliseconds"] <= 30_000


def test_an_error_is_answered(local_aws: Any) -> None:
    assert Function(local_aws).invoke(fails=True)["errorMessage"] == "as told"


def test_a_function_that_takes_too_long_times_out(local_aws: Any) -> None:
    function = Function(local_aws, Timeout=1)
    assert "timed out after 1.00 seconds" in function.invoke(seconds=10)["errorMessage"]
    assert function.invoke()["calls"] == 1


def test_settings_of_a_network_are_accepted(local_aws: Any) -> None:
    network = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    assert Function(local_aws, VpcConfig=network).invoke()["calls"] == 1


def test_reserved_concurrency_bounds_the_invocations(local_aws: Any) -> None:
    function = Function(local_aws, Timeout=30)
    function.client.put_function_concurrency(
        FunctionName=function.name, ReservedConcurrentExecutions=1
    )
    slow = threading.Thread(target=function.invoke, kwargs={"seconds": 2})
    slow.start()
    time.sleep(0.7)
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        function.invoke()
    slow.join()
    assert function.invoke()["calls"] == 2
