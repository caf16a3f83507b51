"""Functions of one test on a local AWS."""

from __future__ import annotations

import base64
import io
import json
import uuid
import zipfile
from collections.abc import Mapping
from typing import Any

from botocore.config import Config

from tests.support import PATIENCE_SECONDS
from tests.support.flow.running_aws import RunningAws

READABLE = 0o644


def package(files: Mapping[str, str], modes: Mapping[str, int] | None = None) -> bytes:
    """A zip with files, which everybody can read unless their modes say otherwise."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o100000 | (modes or {}).get(name, READABLE)) << 16
            archive.writestr(entry, text)
    return content.getvalue()


class Function:
    """A function, and what it answers."""

    def __init__(
        self,
        aws: RunningAws,
        files: Mapping[str, str] | str,
        *statements: dict[str, Any],
        modes: Mapping[str, int] | None = None,
        runtime: str = "python3.13",
        **settings: Any,
    ) -> None:
        self.name = f"flow-{uuid.uuid4().hex[:8]}"
        # What a function answers is looked at as it is.
        retries = Config(retries={"total_max_attempts": 1}, read_timeout=PATIENCE_SECONDS)
        self.client = aws.client("lambda", config=retries)
        self._logs = aws.client("logs")
        main = "index.py" if runtime.startswith("python") else "index.js"
        code = package({main: files} if isinstance(files, str) else files, modes)
        made = self.client.create_function(
            **{
                "FunctionName": self.name,
                "Runtime": runtime,
                "Handler": "index.handler",
                "Role": aws.create_role("lambda", *statements),
                "Code": {"ZipFile": code},
                "Timeout": 30,
                **settings,
            }
        )
        self.arn: str = made["FunctionArn"]

    def call(self, event: object = None, **options: Any) -> dict[str, Any]:
        """The whole answer of an invocation; its payload and its log are read."""
        answer = self.client.invoke(
            FunctionName=self.name, Payload=json.dumps(event), LogType="Tail", **options
        )
        text = answer["Payload"].read()
        log = base64.b64decode(answer.get("LogResult", "")).decode()
        return {**answer, "Payload": json.loads(text) if text else None, "LogResult": log}

    def result(self, event: object = None) -> Any:
        """The payload of an invocation that succeeds."""
        answer = self.call(event)
        assert "FunctionError" not in answer, answer["Payload"]
        return answer["Payload"]

    def error(self, event: object = None) -> Any:
        """The payload of an invocation that fails."""
        answer = self.call(event)
        assert answer.get("FunctionError") == "Unhandled", answer
        return answer["Payload"]

    def start(self, event: object = None) -> None:
        """Invokes it asynchronously."""
        self.client.invoke(
            FunctionName=self.name, Payload=json.dumps(event), InvocationType="Event"
        )

    def allow(self, service: str) -> None:
        """Lets a service, such as `events`, invoke it."""
        self.client.add_permission(
            FunctionName=self.name,
            StatementId=service,
            Action="lambda:InvokeFunction",
            Principal=f"{service}.amazonaws.com",
        )

    def log(self) -> list[str]:
        """The lines of its log, oldest first."""
        try:
            events = self._logs.filter_log_events(logGroupName=f"/aws/lambda/{self.name}")["events"]
        except self._logs.exceptions.ResourceNotFoundException:
            return []
        return [event["message"] for event in events]
