"""A job that is checked before it is created, and real clients whose answers are written down."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from personalize_batch_runtime import job
from personalize_batch_runtime._retry import Deadline
from tests.support.runtime.aws import FakeAws
from tests.support.runtime.preflight import Checked
from tests.support.runtime.stubs import SERVICES


@pytest.fixture
def checked(aws: FakeAws) -> Checked:
    """Creates a job with a preflight and returns the reason of its failure, or ``""``."""
    return Checked(aws)


@pytest.fixture(scope="module")
def real_clients() -> dict[str, Any]:
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "us-east-1"}
    return {name: boto3.client(name, **keys) for name in SERVICES}


@pytest.fixture
def stubs(real_clients: dict[str, Any]) -> Any:
    stubs = {name: Stubber(client) for name, client in real_clients.items()}
    for stub in stubs.values():
        stub.activate()
    yield stubs
    for stub in stubs.values():
        stub.assert_no_pending_responses()
        stub.deactivate()


@pytest.fixture
def deliver(real_clients: dict[str, Any], aws: FakeAws) -> Any:
    clients: Any = SimpleNamespace(
        personalize=real_clients["personalize"],
        s3=real_clients["s3"],
        states=real_clients["stepfunctions"],
        cloudformation=real_clients["cloudformation"],
        functions=real_clients["lambda"],
    )

    def delivered(event: dict[str, Any], seconds: Any = lambda: 600) -> dict[str, Any] | None:
        bodies: list[bytes] = []
        deadline = Deadline(lambda: seconds() * 1000, sleep=lambda _: None)
        job.dispatch(
            event, clients=clients, deadline=deadline, put=lambda _, body: bodies.append(body)
        )
        if not bodies:
            return None
        [body] = bodies
        answer: dict[str, Any] = json.loads(body)
        return answer

    return delivered
