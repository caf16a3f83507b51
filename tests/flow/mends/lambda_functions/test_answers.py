"""What a failed invocation is answered with when the process of the function ends."""

from __future__ import annotations

import os

import pytest

from tests.support.flow.functions import Function
from tests.support.flow.running_aws import RunningAws

EXITS = """
calls = 0

def handler(event, context):
    global calls
    calls += 1
    if event.get("exit") is not None:
        raise SystemExit(event["exit"])
    return calls
"""


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (0, "Runtime exited without providing a reason"),
        (3, "Runtime exited with error: exit status 3"),
    ],
)
def test_a_process_that_exits_is_told(local_aws: RunningAws, code: int, text: str) -> None:
    function = Function(local_aws, EXITS)
    error = function.error({"exit": code})
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].startswith("RequestId: ")
    assert error["errorMessage"].endswith(f" Error: {text}")
    assert function.call({})["Payload"] == 1


def test_a_process_that_is_killed_is_told(local_aws: RunningAws) -> None:
    killed = "import os\ndef handler(event, context):\n    os.kill(os.getpid(), 9)\n"
    error = Function(local_aws, killed).error()
    assert error["errorMessage"].endswith(" Error: Runtime exited with error: signal: killed")


def test_a_process_that_exits_at_import_is_told(local_aws: RunningAws) -> None:
    error = Function(local_aws, "raise SystemExit(4)\n").error()
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith(" Error: Runtime exited with error: exit status 4")


def test_what_the_functions_own_processes_print_is_log_only(local_aws: RunningAws) -> None:
    prints = (
        "import subprocess\n"
        "def handler(event, context):\n"
        "    subprocess.run(['seq', '300'], check=True)\n"
        '    print(\'{"status": "ok"}\')\n'
        "    return 'done'\n"
    )
    function = Function(local_aws, prints)
    assert function.call()["Payload"] == "done"
    assert {"1", "300"} <= set(function.log())


def test_a_function_that_takes_too_long_is_ended(local_aws: RunningAws) -> None:
    slow = (
        "import os, time\n"
        "def handler(event, context):\n"
        "    print('process', os.getpid())\n"
        "    time.sleep(60)\n"
    )
    function = Function(local_aws, slow, Timeout=1)
    error = function.error()
    assert error["errorType"] == "Sandbox.Timedout"
    request_id, _, text = error["errorMessage"].removeprefix("RequestId: ").partition(" ")
    assert text == "Error: Task timed out after 1.00 seconds"
    log = function.log()
    assert any(line.endswith(f"Z {request_id} Task timed out after 1.00 seconds") for line in log)
    (process,) = [int(line.split()[1]) for line in log if line.startswith("process ")]
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
