"""The events of a Task, which differ by what it calls."""

from __future__ import annotations

from typing import Any, Final

from ministack.core.responses import get_region

from personalize_local.emulator.mends.step_functions.runs import history, sizes

_INTEGRATION: Final = "arn:aws:states:::"
_WAITED: Final = ".sync"


class TaskEvents:
    """Writes the events of one attempt of a Task.

    Attributes:
        name: What the Task is called in errors about the size of its data.
        timeout: How many seconds it can last; None for any.
        heartbeat: How many seconds it can be silent; None for any.
        is_activity: Whether a worker outside takes it.
    """

    def __init__(
        self,
        execution: dict[str, Any],
        resource: str,
        arguments: object,
        timeout: float | None,
        heartbeat: float | None,
    ) -> None:
        self._execution, self._resource, self._arguments = execution, resource, arguments
        self.timeout, self.heartbeat = timeout, heartbeat
        self.is_activity = ":activity:" in resource
        self._ids: dict[str, str] = {}
        if resource.startswith(_INTEGRATION):
            service, _, action = resource.removeprefix(_INTEGRATION).rpartition(":")
            if action.isdigit():
                # Of `states:startExecution.sync:2`.
                service, _, rest = service.rpartition(":")
                action = f"{rest}:{action}"
            self._ids = {"resourceType": service, "resource": action}
        self.name = self._ids.get("resourceType", resource)

    def schedule(self) -> None:
        """Notes that the Task is handed on, and begins."""
        limits = {
            key: int(value)
            for key, value in (
                ("timeoutInSeconds", self.timeout),
                ("heartbeatInSeconds", self.heartbeat),
            )
            if value is not None
        }
        if self._ids:
            arguments = {"parameters": sizes.text(self._arguments), "region": get_region()}
            self._add("Scheduled", {**self._ids, **arguments, **limits})
            self._add("Started", self._ids)
            if _WAITED in self._ids["resource"]:
                self.submit()
            return
        given = history.payload("input", self._arguments)
        self._add("Scheduled", {"resource": self._resource, **given, **limits})
        self._add("Started", {})

    def submit(self) -> None:
        """Notes that what is called has taken the Task, and is waited for."""
        if self._ids:
            self._add("Submitted", self._ids)

    def succeed(self, result: object) -> None:
        """Notes the result."""
        self._add("Succeeded", {**self._ids, **history.payload("output", result)})

    def fail(self, error: str, cause: str) -> None:
        """Notes an error."""
        told = {"error": error, **({"cause": cause} if cause else {})}
        self._add("TimedOut" if error == "States.Timeout" else "Failed", {**self._ids, **told})

    def _add(self, phase: str, details: dict[str, Any]) -> None:
        kind = "Task" if self._ids else "Activity" if self.is_activity else "LambdaFunction"
        event = f"{kind}{phase}"
        name = f"{event[0].lower()}{event[1:]}EventDetails"
        history.add(self._execution, event, {name: details} if details else None)
