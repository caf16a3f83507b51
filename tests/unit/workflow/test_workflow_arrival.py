"""The state machines that start a run when input arrives."""

# The fixtures are of classes that test modules cannot import.
# ruff: noqa: ANN401

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from cdk_personalize_batch._arrival_definition import arrival_definition, success_definition

TARGET = "arn:aws:states:eu-west-1:123456789012:stateMachine:Films"


@pytest.fixture
def arrival(services: Any, machine_of: Any) -> Callable[..., Any]:
    def run(name: str = "night", quiet_seconds: int = 60) -> Any:
        definition = arrival_definition(
            partition="aws",
            machine_arn=TARGET,
            bucket="in",
            prefix="users/",
            quiet_seconds=quiet_seconds,
        )
        machine = machine_of(definition, services.tasks())
        machine.run({"detail": {}}, name)
        return machine

    return run


def started(machine: Any) -> list[Any]:
    return [arguments for name, arguments in machine.calls if name == "startExecution"]


def test_the_first_to_come_starts_the_run_when_all_is_quiet(
    services: Any, arrival: Callable[..., Any]
) -> None:
    services.running = [["night"]]
    machine = arrival()
    (request,) = started(machine)
    assert request["StateMachineArn"] == TARGET
    assert request["Name"].startswith("arrived-")
    assert len(request["Name"]) <= 80
    assert json.loads(request["Input"]) == {}
    assert machine.entered.count("StillArriving") == 0


@pytest.mark.parametrize(
    ("running", "starts"),
    [
        ([["night"]], True),
        ([["later", "night"]], True),
        ([["night", "evening"]], False),
        # More than one page of executions: the oldest is on the last one.
        ([["later", "night"], ["evening"]], False),
        ([["later"], ["night"]], True),
        ([["later"], ["night", "evening"]], False),
        # Not in the list yet, or all of them gone.
        ([[]], True),
    ],
)
def test_only_the_oldest_starts_a_run(
    services: Any, arrival: Callable[..., Any], running: list[list[str]], starts: bool
) -> None:
    services.running = running
    assert bool(started(arrival())) == starts


def test_what_arrives_late_is_waited_for(services: Any, machine_of: Any) -> None:
    definition = arrival_definition(
        partition="aws", machine_arn=TARGET, bucket="in", prefix="users/", quiet_seconds=60
    )
    lists = 0

    def list_objects(request: dict[str, Any]) -> Any:
        nonlocal lists
        lists += 1
        # With each of the first three looks there is a newer object.
        newest = machine.now - timedelta(seconds=5 if lists < 4 else 65)
        return {"Contents": [{"Key": "users/a", "LastModified": f"{newest:%Y-%m-%dT%H:%M:%SZ}"}]}

    machine = machine_of(definition, {**services.tasks(), "listObjectsV2": list_objects})
    machine.run({})
    assert machine.entered.count("StillArriving") == 3
    assert len(started(machine)) == 1


def test_all_pages_of_the_input_are_looked_at(services: Any, arrival: Callable[..., Any]) -> None:
    services.objects = {f"users/{n:04}": 1 for n in range(600)}
    machine = arrival()
    assert [name for name, _ in machine.calls].count("listObjectsV2") == 3
    (request,) = started(machine)
    services.objects["users/0600"] = 1
    (other,) = started(arrival())
    assert request["Name"] != other["Name"]


def test_nothing_is_started_for_what_is_gone_again(
    services: Any, arrival: Callable[..., Any]
) -> None:
    services.objects = {}
    assert started(arrival()) == []


def test_two_that_look_at_the_same_input_start_one_run(
    services: Any, arrival: Callable[..., Any]
) -> None:
    first, second = (started(arrival(name))[0] for name in ("one", "two"))
    assert first == second


def test_a_run_that_exists_is_no_failure(services: Any, machine_of: Any, task_error: Any) -> None:
    def start(_: object) -> None:
        raise task_error("Sfn.ExecutionAlreadyExistsException")

    definition = success_definition(partition="aws", machine_arn=TARGET)
    machine = machine_of(definition, {"startExecution": start})
    assert machine.run(event("users/_SUCCESS")) == {}


def event(key: str, sequencer: str = "1") -> dict[str, Any]:
    found = {"key": key, "sequencer": sequencer}
    return {"detail": {"bucket": {"name": "in"}, "object": found}}


def test_a_success_key_names_the_folder_and_the_run(services: Any, machine_of: Any) -> None:
    definition = success_definition(partition="aws", machine_arn=TARGET)
    names = []
    for given in (event("users/dt=1/_SUCCESS"), event("users/dt=1/_SUCCESS", "2")):
        machine = machine_of(definition, services.tasks())
        machine.run(given)
        (request,) = started(machine)
        assert json.loads(request["Input"]) == {"inputUri": "s3://in/users/dt=1/"}
        names.append(request["Name"])
    assert names[0] != names[1]
