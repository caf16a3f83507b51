"""An AWS in memory for each test."""

from __future__ import annotations

import pytest

from tests.support.runtime.aws import FakeAws


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()
