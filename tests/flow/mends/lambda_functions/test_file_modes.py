"""The files of a function have the modes that they have in its zip."""

from __future__ import annotations

import pytest

from tests.support.flow.functions import Function
from tests.support.flow.running_aws import RunningAws

OPENS = "def handler(event, context):\n    return open('data.txt').read()\n"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o000])
def test_a_module_that_others_may_not_read_cannot_be_read(local_aws: RunningAws, mode: int) -> None:
    error = Function(local_aws, OPENS, modes={"index.py": mode}).error()
    assert (error["errorType"], error["errorMessage"]) == (
        "PermissionError",
        "[Errno 13] Permission denied: '/var/task/index.py'",
    )


def test_a_file_that_others_may_not_read_cannot_be_read(local_aws: RunningAws) -> None:
    files = {"index.py": OPENS, "data.txt": "data"}
    assert Function(local_aws, files, modes={"data.txt": 0o604}).call()["Payload"] == "data"
    error = Function(local_aws, files, modes={"data.txt": 0o660}).error()
    assert error["errorMessage"] == "[Errno 13] Permission denied: 'data.txt'"


def test_a_program_is_executable_as_in_the_zip(local_aws: RunningAws) -> None:
    runs = (
        "import subprocess\n"
        "def handler(event, context):\n"
        "    return subprocess.run(['./program'], capture_output=True, text=True).stdout\n"
    )
    files = {"index.py": runs, "program": "#!/bin/sh\necho ran\n"}
    assert Function(local_aws, files, modes={"program": 0o755}).call()["Payload"] == "ran\n"
    error = Function(local_aws, files, modes={"program": 0o644}).error()
    assert error["errorType"] == "PermissionError"
