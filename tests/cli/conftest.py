"""The command in this process, and AWS as botocore's stubs."""

from __future__ import annotations

import functools
import io
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.response import StreamingBody
from botocore.stub import Stubber
from typer.testing import CliRunner, Result

from cdk_personalize_batch.cli import app

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """Runs the command with arguments, and `input=` for standard input."""

    def invoke(*arguments: object, input: bytes | None = None) -> Result:
        words = [str(argument) for argument in arguments]
        return CliRunner().invoke(app, words, input=input, prog_name="personalize-batch")

    return invoke


@pytest.fixture
def program() -> tuple[str, ...]:
    """The words that start the command in a process of its own."""
    return (sys.executable, "-c", "from cdk_personalize_batch.cli import main; main()")


@pytest.fixture
def environment() -> dict[str, str]:
    """What such a process needs."""
    constructs = Path(__file__).parents[2] / "constructs"
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(constructs), "LANG": "C.UTF-8"}


@pytest.fixture
def terminal(
    program: tuple[str, ...], environment: dict[str, str]
) -> Callable[..., tuple[int, str]]:
    """Runs the command on a terminal, and returns the exit code and what a person sees."""

    def invoke(*arguments: object) -> tuple[int, str]:
        leader, follower = pty.openpty()
        with subprocess.Popen(  # noqa: S603 - this Python
            [*program, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=follower,
            stderr=follower,
            env={**environment, "TERM": "xterm", "COLUMNS": "100"},
        ) as process:
            os.close(follower)
            seen = b"".join(_read(leader))
        os.close(leader)
        return process.returncode, seen.decode()

    return invoke


def _read(leader: int) -> Iterator[bytes]:
    while True:
        try:
            yield os.read(leader, 4096)
        except OSError:  # Linux says so that the last process has left the terminal
            return


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may find credentials of the machine, or reach a service."""
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


@pytest.fixture
def stubs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Stubber]]:
    """Makes the client of a service answer what the test says, and check what it is asked."""
    made: dict[str, Stubber] = {}

    def stub(service: str) -> Stubber:
        if service not in made:
            made[service] = Stubber(_client(service))
            made[service].activate()
        return made[service]

    class Session:
        def __init__(self, region_name: str | None) -> None:
            assert region_name == "eu-west-1"

        def client(self, service: str, config: Config) -> Any:  # noqa: ANN401 - boto3 is untyped
            assert config.retries["total_max_attempts"] > 1
            return made[service].client

    for service in ("s3", "personalize"):
        _client(service)
    monkeypatch.setattr(boto3.session, "Session", Session)
    yield stub
    for stubber in made.values():
        stubber.deactivate()
        stubber.assert_no_pending_responses()


@functools.cache
def _client(service: str) -> Any:  # noqa: ANN401 - boto3 is untyped
    # Half a second each: the model of a service is read.
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client(service, region_name="eu-west-1", **keys)


@pytest.fixture
def s3_object() -> Callable[[bytes], dict[str, object]]:
    """Makes the answer of GetObject."""

    def answer(content: bytes) -> dict[str, object]:
        stream = StreamingBody(io.BytesIO(content), len(content))
        return {"Body": stream, "ContentLength": len(content)}

    return answer
