"""A client of the switchboard, for tests: faults, what was called, which jobs there are."""

from __future__ import annotations

import http.client
import json
import os
import ssl
import urllib.parse
from collections.abc import Mapping
from typing import Any

from personalize_local.host.places import SWITCHBOARD

_TIMEOUT_SECONDS = 60


class ControlError(Exception):
    """The switchboard refused a request; the text is its own."""


class Control:
    """Controls the Amazon Personalize of a local AWS.

    ```python
    control = Control()
    control.add_fault("CreateBatchInferenceJob", kind="throttle", times=2)
    ...
    assert control.calls()["CreateBatchInferenceJob"] == 3
    ```
    """

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        """Makes the client; nothing is sent.

        Args:
            environ: The environment of a client of the local AWS, as `LocalAws.environment` and
                `personalize-local env` have it. Default: - this process's.
        """
        given = os.environ if environ is None else environ
        endpoint = urllib.parse.urlsplit(given["AWS_ENDPOINT_URL"])
        self._host = str(endpoint.netloc)
        self._trust = ssl.create_default_context(cafile=given["AWS_CA_BUNDLE"])

    def add_fault(self, operation: str, *, kind: str, **parameters: object) -> None:
        """Adds a fault; see `personalize_local.faults.Faults.add`.

        Args:
            operation: The API operation.
            kind: What goes wrong.
            parameters: `times` and what the kind takes.

        Raises:
            ControlError: There is no such fault.
        """
        self._send("POST", "faults", {"operation": operation, "kind": kind, **parameters})

    def faults(self) -> list[dict[str, Any]]:
        """Returns the faults that are left, oldest first."""
        return list(self._send("GET", "faults")["faults"])

    def clear_faults(self) -> None:
        """Removes all faults."""
        self._send("DELETE", "faults")

    def calls(self) -> dict[str, int]:
        """Returns how many calls of each API operation there were, also those that failed."""
        return dict(self._send("GET", "calls")["calls"])

    def jobs(self) -> list[dict[str, Any]]:
        """Returns all jobs, as their Describe operations answer them, oldest first."""
        return list(self._send("GET", "jobs")["jobs"])

    def train(self, solution_arn: str) -> str:
        """Trains a version as automatic training does, now and not once in some days.

        Args:
            solution_arn: The solution.

        Returns:
            The ARN of the new version, which is trained from now on.

        Raises:
            ControlError: There is no such solution, or it trains by hand only.
        """
        answer = self._send("POST", "trainings", {"solutionArn": solution_arn})
        return str(answer["solutionVersionArn"])

    def checkpoint(self) -> None:
        """Keeps what all services have now for `reset`, but for objects in S3.

        The bootstrap of an instance has done it.
        """
        self._send("POST", "checkpoint")

    def reset(self) -> None:
        """Brings everything back to the checkpoint.

        Personalize forgets jobs, tags, calls and faults; running jobs and executions are stopped.
        """
        self._send("POST", "reset")

    def scale_waits(self, factor: float) -> None:
        """Makes the waits of all state machines shorter, or longer.

        Args:
            factor: What each wait is multiplied with; 1 is as on AWS.
        """
        self._ask("POST", "/_ministack/config", {"stepfunctions._SFN_WAIT_SCALE": factor})

    def _send(self, method: str, what: str, content: object = None) -> dict[str, Any]:
        return self._ask(method, SWITCHBOARD + what, content)

    def _ask(self, method: str, path: str, content: object) -> dict[str, Any]:
        connection = http.client.HTTPSConnection(
            self._host, timeout=_TIMEOUT_SECONDS, context=self._trust
        )
        try:
            body = None if content is None else json.dumps(content)
            connection.request(method, path, body)
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
        finally:
            connection.close()
        if response.status != http.HTTPStatus.OK:
            raise ControlError(f"{method} {path}: {answer['message']}")
        return answer
