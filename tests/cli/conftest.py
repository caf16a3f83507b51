"""AWS as stubs, and a file of results."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from tests.support.cli.results import FAILED, LINES
from tests.support.cli.stubs import Stubs, client


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
def stubs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubs]:
    """Makes the client of a service answer what the test says."""
    for service in ("s3", "personalize"):
        client(service)
    made = Stubs()
    monkeypatch.setattr(boto3.session, "Session", made.session)
    yield made
    made.close()


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of results in the working directory."""
    monkeypatch.chdir(tmp_path)
    path = Path("users.json.out")
    lines = [*LINES.values(), *FAILED]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path
