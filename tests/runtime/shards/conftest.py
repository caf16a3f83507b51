"""An S3 in memory for each test."""

from __future__ import annotations

import pytest

from tests.support.s3 import MemoryS3


@pytest.fixture
def s3() -> MemoryS3:
    """An empty S3 with the buckets ``in`` and ``out``."""
    return MemoryS3()
