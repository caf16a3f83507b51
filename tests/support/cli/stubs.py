"""AWS as botocore's stubs."""

from __future__ import annotations

import functools
import io
from typing import Any

import boto3
from botocore.config import Config
from botocore.response import StreamingBody
from botocore.stub import Stubber


class Stubs:
    """The stubbed clients of a test, by service."""

    def __init__(self) -> None:
        self._made: dict[str, Stubber] = {}

    def __call__(self, service: str) -> Stubber:
        """The client of a service, which answers what the test says and checks what it is asked."""
        if service not in self._made:
            self._made[service] = Stubber(client(service))
            self._made[service].activate()
        return self._made[service]

    def session(self, region_name: str | None) -> StubbedSession:
        """What takes the place of boto3's sessions."""
        assert region_name == "eu-west-1"
        return StubbedSession(self._made)

    def close(self) -> None:
        """Ends the stubs; all of their answers must have been asked for."""
        for stubber in self._made.values():
            stubber.deactivate()
            stubber.assert_no_pending_responses()


class StubbedSession:
    def __init__(self, made: dict[str, Stubber]) -> None:
        self._made = made

    def client(self, service: str, config: Config) -> Any:
        assert config.retries["total_max_attempts"] > 1
        return self._made[service].client


@functools.cache
def client(service: str) -> Any:
    # Half a second each: the model of a service is read.
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client(service, region_name="eu-west-1", **keys)


def s3_object(content: bytes) -> dict[str, object]:
    """The answer of GetObject."""
    stream = StreamingBody(io.BytesIO(content), len(content))
    return {"Body": stream, "ContentLength": len(content)}
