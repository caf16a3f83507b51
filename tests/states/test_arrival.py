"""The state machines that start a run when input arrives."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cdk_personalize_batch.states.machines.arrival import arrival_definition, success_definition
from cdk_personalize_batch.states.steps.source import PAGE
from tests.support.states.machine import Machine, TaskError
from tests.support.states.services import Services

TARGET = "arn:aws:states:eu-west-1:123456789012:stateMachine:Films"


@pytest.fixture
def arrival(services: Services) -> Callable[..., Machine]:
    def run(name: str = "night", quiet_seconds: int = 60) -> Machine:
        definition = arrival_definition(
            partition="aws",
            machine_arn=TARGET,
            bucket="in",
            prefix="users/",
            quiet_seconds=quiet_seconds,
        )
        machine = Machine(definition, services.tasks())
        machine.run(event("users/a.json"), name)
        return machine

    return run


def started(machine: Machine) -> list[Any]:
    return [arguments for name, arguments in machine.calls if name == "startExecution"]


def test_the_first_to_come_starts_the_run_when_all_is_quiet(
    services: Services, arrival: Callable[..., Machine]
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
        ([["night", "evening"]], False),
        # More than one page of executions: the oldest is on the last one.
        ([["later", "night"], ["evening"]], False),
        ([["later"], ["night", "evening"]], False),
        # Not in the list yet, or all of them gone.
        ([[]], True),
    ],
)
def test_only_the_oldest_starts_a_run(
    services: Services, arrival: Callable[..., Machine], running: list[list[str]], starts: bool
) -> None:
    services.running = running
    assert bool(started(arrival())) == starts


@pytest.mark.parametrize(
    "running", [[["later", "night"]], [["later"], ["night"]], [["latest", "later"], ["night"]]]
)
def test_while_others_have_just_come_the_oldest_waits(
    services: Services, running: list[list[str]]
) -> None:
    services.running = running
    looks = 0

    def list_executions(request: dict[str, Any]) -> Any:
        nonlocal looks
        looks += "NextToken" not in request
        if looks == 3:
            services.running = [["night"]]
        return services.list_executions(request)

    machine = machine_of({**services.tasks(), "listExecutions": list_executions})
    machine.run(event("users/a.json"), "night")
    assert machine.entered.count("StillArriving") == 2
    assert len(started(machine)) == 1


@pytest.mark.aws("an arrival that is lost")
@pytest.mark.parametrize(
    "change",
    [
        # Overwritten by an upload in parts, which has begun before the newest object was there.
        {"ETag": '"2-2"'},
        # A replica has the time of its source.
        {"Key": "users/b.json", "LastModified": "2019-01-01T00:00:00Z"},
        # The same content again is an upload too.
        {"LastModified": "2026-11-24T01:58:30Z"},
    ],
)
def test_what_arrives_with_an_old_time_is_another_input(change: dict[str, str]) -> None:
    newest = {
        "Key": "users/z.json",
        "Size": 30,
        "ETag": '"1"',
        "LastModified": "2026-11-24T01:59:00Z",
    }
    before = {**newest, "Key": "users/a.json", "LastModified": "2026-11-24T01:58:00Z"}
    names = [named([before, newest]), named([{**before, **change}, newest])]
    assert names[0] != names[1]
    assert named([before, newest]) == names[0]


@pytest.mark.aws("endless runs")
@pytest.mark.parametrize(
    "key", ["users/a.json.out", "users/run/_manifest.json", "users/_work/a.json", "users/.x.crc"]
)
def test_results_and_what_is_hidden_start_nothing(services: Services, key: str) -> None:
    services.objects = {"users/a.json": 30, key: 30}
    machine = machine_of(services.tasks())
    machine.run(event(key))
    assert machine.entered == ["IsInput", "Done"]
    alone, beside = {"users/a.json": 30}, services.objects
    names = []
    for services.objects in (alone, beside):
        machine = machine_of(services.tasks())
        machine.run(event("users/a.json"))
        names.append(started(machine)[0]["Name"])
    assert names[0] == names[1]


def machine_of(tasks: dict[str, Any]) -> Machine:
    definition = arrival_definition(
        partition="aws", machine_arn=TARGET, bucket="in", prefix="users/", quiet_seconds=60
    )
    return Machine(definition, tasks)


def named(objects: list[dict[str, Any]]) -> str:
    """The name of the run that is started for an input."""
    services = Services()
    tasks = {**services.tasks(), "listObjectsV2": lambda _: {"Contents": objects}}
    machine = machine_of(tasks)
    machine.run(event("users/a.json"))
    return str(started(machine)[0]["Name"])


def test_all_pages_of_the_input_are_looked_at(
    services: Services, arrival: Callable[..., Machine]
) -> None:
    services.objects = {f"users/{n:04}": 1 for n in range(600)}
    machine = arrival()
    assert [name for name, _ in machine.calls].count("listObjectsV2") == 600 // PAGE
    (request,) = started(machine)
    services.objects["users/0600"] = 1
    (other,) = started(arrival())
    assert request["Name"] != other["Name"]


def test_nothing_is_started_for_what_is_gone_again(
    services: Services, arrival: Callable[..., Machine]
) -> None:
    services.objects = {}
    assert started(arrival()) == []


def test_two_that_look_at_the_same_input_start_one_run(
    services: Services, arrival: Callable[..., Machine]
) -> None:
    first, second = (started(arrival(name))[0] for name in ("one", "two"))
    assert first == second


def test_a_run_that_exists_is_no_failure(services: Services) -> None:
    def start(_: object) -> None:
        raise TaskError("Sfn.ExecutionAlreadyExistsException")

    definition = success_definition(partition="aws", machine_arn=TARGET)
    machine = Machine(definition, {"startExecution": start})
    assert machine.run(event("users/_SUCCESS")) == {}


def event(key: str, sequencer: str = "1") -> dict[str, Any]:
    found = {"key": key, "sequencer": sequencer}
    return {"detail": {"bucket": {"name": "in"}, "object": found}}


def test_a_success_key_names_the_folder_and_the_run(services: Services) -> None:
    definition = success_definition(partition="aws", machine_arn=TARGET)
    names = []
    for given in (event("users/dt=1/_SUCCESS"), event("users/dt=1/_SUCCESS", "2")):
        machine = Machine(definition, services.tasks())
        machine.run(given)
        (request,) = started(machine)
        assert json.loads(request["Input"]) == {"inputUri": "s3://in/users/dt=1/"}
        names.append(request["Name"])
    assert names[0] != names[1]
