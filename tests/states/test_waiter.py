"""The state machine that waits for a job: how long, what it costs, and what it signals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cdk_personalize_batch.request.kind import INFERENCE, SEGMENT, JobKind
from cdk_personalize_batch.states.machines.waiter import waiter_definition
from tests.support.states.machine import START, Machine

# What jobs/waiting.py takes where nothing else is asked for; a template's test compares it.
INTERVAL_SECONDS = 90
ASKED = {
    "jobArn": "arn:aws:personalize:eu-west-1:123456789012:batch-inference-job/films",
    "jobName": "films",
    "handleUrl": "https://handles.example/1",
    "seconds": 3600,
    "intervalSeconds": INTERVAL_SECONDS,
}


def wait(kind: JobKind, job_seconds: float, status: str) -> tuple[Machine, dict[str, Any]]:
    """Waits for a job that lasts so long; answers the machine and what it signalled."""

    def describe(_: object) -> dict[str, Any]:
        has_ended = (machine.now - START).total_seconds() >= job_seconds
        return {kind.name: {"Status": status if has_ended else "CREATE IN_PROGRESS"}}

    signals: list[dict[str, Any]] = []
    tasks: dict[str, Callable[[Any], Any]] = {
        f"describe{kind.name}": describe,
        "Signal": signals.append,
    }
    machine = Machine(waiter_definition(kind, partition="aws", function_arn="arn:f"), tasks)
    machine.run(ASKED)
    (signal,) = signals
    return machine, dict(signal["Signal"])


@pytest.mark.parametrize("kind", [INFERENCE, SEGMENT], ids=lambda kind: kind.name)
def test_a_job_of_25_minutes_costs_at_most_60_transitions(kind: JobKind) -> None:
    machine, signal = wait(kind, 25 * 60, "ACTIVE")
    assert signal["status"] == "ACTIVE"
    assert (machine.now - START).total_seconds() >= 25 * 60
    # The start of the execution is one too.
    assert 25 * 60 // INTERVAL_SECONDS * 3 < len(machine.entered) + 1 <= 60


def test_a_job_that_lasts_longer_is_signalled_when_the_time_is_over() -> None:
    machine, signal = wait(INFERENCE, 7200, "ACTIVE")
    assert (machine.now - START).total_seconds() == 3600
    assert (signal["status"], signal["timedOutAfterSeconds"]) == ("CREATE IN_PROGRESS", 3600)
