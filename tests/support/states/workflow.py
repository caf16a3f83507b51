"""A workflow whose services are made up."""

from __future__ import annotations

from typing import Any

from cdk_personalize_batch.states.machines.workflow import workflow_definition
from tests.support.states.facts import PERSONALIZE, make_facts
from tests.support.states.machine import Failed, Machine
from tests.support.states.services import Services

SOLUTION = f"{PERSONALIZE}:solution/films"


class Workflow:
    """A workflow, its services, and how its executions end."""

    def __init__(self) -> None:
        self.services = Services()

    def start(self, content: Any = None, name: str = "night", **changes: Any) -> Any:
        """Runs an execution; answers the machine, and its output or how it failed."""
        machine = self.machine(**changes)
        try:
            return machine, machine.run(content, name)
        except Failed as failed:
            return machine, (failed.error, failed.cause)

    def shard(self, shards: int) -> None:
        """Has the input be so many shards."""
        self.services.plan, self.services.items = sharded(shards), shard_items(shards)

    def machine(self, **changes: Any) -> Machine:
        """The state machine, before any execution; its tasks can be changed."""
        return Machine(workflow_definition(make_facts(**changes)), self.services.tasks())


def version(number: int, status: str = "ACTIVE") -> dict[str, str]:
    return {
        "SolutionVersionArn": f"{SOLUTION}/{number}",
        "Status": status,
        "CreationDateTime": f"2026-11-{number:02}T00:00:00.000Z",
    }


def shard_items(shards: int) -> list[dict[str, Any]]:
    """What the task plan writes for the Map to read."""
    return [
        {
            "index": index,
            "name": f"shard-{index:05}",
            "inputUri": f"s3://out/_work/night/shard-{index:05}/",
            "outputUri": f"s3://out/Films-Nightly/night/shard-{index:05}/",
            "copyList": {"bucket": "out", "key": "k"} if index > 1 else None,
        }
        for index in range(1, shards + 1)
    ]


def sharded(shards: int) -> dict[str, Any]:
    """The answer of the task plan."""
    return {
        "version": 1,
        "workUri": "s3://out/_work/Films-Nightly/night/",
        "outputUri": "s3://out/Films-Nightly/night/",
        "shardCount": shards,
        "fileCount": 3,
        "bytes": 12,
        "records": 7,
        "shards": [],
        "itemReader": {"bucket": "out", "key": "plan/shards.json"},
    }
