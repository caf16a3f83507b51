"""Made-up services, and workflows on them."""

from __future__ import annotations

import pytest

from tests.support.states.services import Services
from tests.support.states.workflow import Workflow


@pytest.fixture
def services() -> Services:
    return Services()


@pytest.fixture
def workflow() -> Workflow:
    return Workflow()
