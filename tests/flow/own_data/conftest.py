"""A bucket with data of one's own for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.flow.own_data import Shop
from tests.support.flow.running_aws import RunningAws


@pytest.fixture
def shop(local_aws: RunningAws) -> Iterator[Shop]:
    made = Shop(local_aws)
    yield made
    made.close()
