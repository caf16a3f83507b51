"""A local Amazon Personalize for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.local.service import Local


@pytest.fixture
def local() -> Iterator[Local]:
    made = Local()
    yield made
    made.time.gate.set()
    made.service.close()
