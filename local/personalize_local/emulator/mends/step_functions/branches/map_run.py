"""The Map Run of a Distributed Map, and the executions that are its children."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Final

from ministack.core.responses import new_uuid, now_iso
from ministack.services import stepfunctions

from personalize_local.emulator.mends.step_functions.runs import history, sizes

_COUNTS: Final = (
    "pending",
    "running",
    "succeeded",
    "failed",
    "timedOut",
    "aborted",
    "total",
    "resultsWritten",
    "failuresNotRedrivable",
    "pendingRedrive",
)


class MapRun:
    """A run of a Distributed Map, as DescribeMapRun and ListExecutions tell of it.

    Attributes:
        arn: Its ARN.
        machine: The ARN that its children have for their state machine.
        numbers: The numbers of the state.
        children: Its executions, by the index of their item or batch.
        outputs: What they gave, by the same index; None for those that failed.
    """

    def __init__(
        self, execution: Mapping[str, Any], label: str | None, numbers: Mapping[str, float | None]
    ) -> None:
        self.numbers = numbers
        self.children: list[dict[str, Any]] = []
        self.outputs: list[object] = []
        self._parent = execution
        self._lock = threading.Lock()
        self._items: list[int] = []
        _, partition, _, region, account, _, name, *_ = execution["stateMachineArn"].split(":")
        self._place = f"arn:{partition}:states:{region}:{account}"
        self._label = f"{name}/{label or new_uuid()}"
        self.machine = f"{self._place}:stateMachine:{self._label}"
        self.arn = f"{self._place}:mapRun:{self._label}:{new_uuid()}"
        self._run: dict[str, Any] = {
            "mapRunArn": self.arn,
            "executionArn": execution["executionArn"],
            "status": "RUNNING",
            "startDate": now_iso(),
            "maxConcurrency": int(numbers["MaxConcurrency"] or 0),
            "toleratedFailurePercentage": numbers["ToleratedFailurePercentage"] or 0.0,
            "toleratedFailureCount": int(numbers["ToleratedFailureCount"] or 0),
            "itemCounts": dict.fromkeys(_COUNTS, 0),
            "executionCounts": dict.fromkeys(_COUNTS, 0),
            "redriveCount": 0,
            "_stateMachineArn": self.machine,
        }
        stepfunctions._map_runs[self.arn] = self._run

    @property
    def id(self) -> str:
        """The last part of its ARN."""
        return self.arn.rpartition(":")[2]

    def plan(self, items: list[int]) -> None:
        """Notes how many items each child will have."""
        self._items = items
        self.children = [{} for _ in items]
        self.outputs = [None] * len(items)
        for counts, number in self._counted(sum(items), len(items)):
            counts["total"] = counts["pending"] = number

    def child(self, index: int, value: object) -> dict[str, Any]:
        """Returns a new execution, which runs."""
        name = new_uuid()
        child: dict[str, Any] = {
            "executionArn": f"{self._place}:execution:{self._label}:{name}",
            "stateMachineArn": self.machine,
            "name": name,
            "status": "RUNNING",
            "startDate": now_iso(),
            "stopDate": None,
            "input": sizes.text(value),
            "inputDetails": {"included": True},
            "output": None,
            "outputDetails": {"included": True},
            "mapRunArn": self.arn,
            "events": [],
        }
        self.children[index] = child
        stepfunctions._executions[child["executionArn"]] = child
        self._count(index, "pending", "running")
        return child

    def succeed(self, index: int, child: dict[str, Any], output: object) -> None:
        """Ends a child with its output."""
        self.outputs[index] = output
        child.update(status="SUCCEEDED", output=sizes.text(output), stopDate=now_iso())
        details = {"executionSucceededEventDetails": history.payload("output", output)}
        history.add(child, "ExecutionSucceeded", details)
        self._count(index, "running", "succeeded")

    def fail(self, index: int, child: dict[str, Any], error: str, cause: str) -> None:
        """Ends a child with an error, or because its parent has been stopped."""
        if self._parent["status"] == "ABORTED":
            child.update(status="ABORTED", stopDate=now_iso())
            history.add(child, "ExecutionAborted")
            self._count(index, "running", "aborted")
            return
        child.update(status="FAILED", error=error, cause=cause, stopDate=now_iso())
        told = {"executionFailedEventDetails": {"error": error, "cause": cause}}
        history.add(child, "ExecutionFailed", told)
        self._count(index, "running", "failed")

    def is_exceeded(self) -> bool:
        """Whether more has failed than the state tolerates; without a threshold, anything."""
        failed, total = (self._run["itemCounts"][name] for name in ("failed", "total"))
        count = self.numbers["ToleratedFailureCount"]
        percentage = self.numbers["ToleratedFailurePercentage"]
        if count is None and percentage is None:
            return bool(failed)
        return (count is not None and failed > count) or (
            percentage is not None and failed * 100 > percentage * total
        )

    def wrote(self) -> None:
        """Notes that the results have been written."""
        for counts, number in self._counted(sum(self._items), len(self._items)):
            counts["resultsWritten"] = number

    def end(self, *, succeeded: bool) -> None:
        """Ends the run."""
        self._run.update(status="SUCCEEDED" if succeeded else "FAILED", stopDate=now_iso())

    def _count(self, index: int, before: str, after: str) -> None:
        with self._lock:
            for counts, number in self._counted(self._items[index], 1):
                counts[before] -= number
                counts[after] += number

    def _counted(self, items: int, executions: int) -> list[tuple[dict[str, int], int]]:
        return [(self._run["itemCounts"], items), (self._run["executionCounts"], executions)]
