"""The tasks of the shards, run on an S3 in memory."""

# boto3 is untyped.
# ruff: noqa: ANN401

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.virtual_s3 import FakeS3, Lines
from personalize_batch_runtime import shards
from personalize_batch_runtime._retry import Deadline
from personalize_batch_runtime._shard_types import Quotas


def run(
    s3: FakeS3,
    quotas: Quotas | None = None,
    seconds: Callable[[], float] = lambda: 900,
    **event: Any,
) -> Any:
    """Runs one task, without waiting."""
    deadline = Deadline(lambda: int(seconds() * 1000), sleep=lambda _: None)
    return shards.run(event, s3=s3, deadline=deadline, quotas=quotas or Quotas())


def plan(s3: FakeS3, quotas: Quotas | None = None, **event: Any) -> Any:
    """Plans the run of these tests: from in/data/ over in/shards/run/ to out/run/."""
    places = {
        "inputUri": "s3://in/data/",
        "workUri": "s3://in/shards/run/",
        "outputUri": "s3://out/run/",
    }
    return run(s3, quotas, task="plan", **{**places, **event})


@pytest.fixture(scope="session")
def fakes() -> Any:
    """The names of this file: test modules cannot import it."""
    return SimpleNamespace(S3=FakeS3, Lines=Lines, run=run, plan=plan)


@pytest.fixture
def s3() -> FakeS3:
    """An empty S3 with the buckets ``in`` and ``out``."""
    return FakeS3()
