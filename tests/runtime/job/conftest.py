"""A job that is checked before it is created."""

from __future__ import annotations

import pytest

from tests.support.runtime.aws import FakeAws
from tests.support.runtime.preflight import Checked


@pytest.fixture
def checked(aws: FakeAws) -> Checked:
    """Creates a job with a preflight and returns the reason of its failure, or ``""``."""
    return Checked(aws)
