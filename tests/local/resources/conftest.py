"""Data of one's own for each test."""

from __future__ import annotations

import pytest

from tests.support.local.own_data import OwnData
from tests.support.local.service import Local


@pytest.fixture
def data(local: Local) -> OwnData:
    return OwnData(local).load_all()
