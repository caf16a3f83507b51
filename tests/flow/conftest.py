"""What several mends are tried with."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest

from tests.support.flow.athena import Athena, Clients
from tests.support.flow.machines import Machines
from tests.support.flow.places import Places
from tests.support.flow.queues import Queue
from tests.support.flow.running_aws import RunningAws
from tests.support.flow.schedules import Schedules
from tests.support.flow.stacks import Stack


@pytest.fixture
def machines(local_aws: RunningAws) -> Machines:
    return Machines(local_aws)


@pytest.fixture
def schedules(local_aws: RunningAws, machines: Machines) -> Schedules:
    return Schedules(local_aws, machines)


@pytest.fixture
def queue(local_aws: RunningAws) -> Queue:
    return Queue(local_aws)


@pytest.fixture
def bucket(local_aws: RunningAws) -> str:
    name = f"flow-{uuid.uuid4().hex[:8]}"
    local_aws.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def make_stack(local_aws: RunningAws) -> Iterator[Callable[[], Stack]]:
    """Makes stacks, and deletes them in the end, the last one first."""
    made: list[Stack] = []

    def make() -> Stack:
        made.append(Stack(local_aws))
        return made[-1]

    yield make
    for stack in reversed(made):
        stack.delete()


@pytest.fixture
def stack(make_stack: Callable[[], Stack]) -> Stack:
    """A stack that is not created yet."""
    return make_stack()


@pytest.fixture(scope="session")
def athena_clients(local_aws: RunningAws) -> Clients:
    return local_aws.client("athena"), local_aws.client("s3"), local_aws.client("glue")


@pytest.fixture
def athena(athena_clients: Clients) -> Athena:
    return Athena(athena_clients)


@pytest.fixture
def places(local_aws: RunningAws) -> Places:
    return Places(local_aws)
