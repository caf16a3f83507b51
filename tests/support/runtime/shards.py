"""The tasks of the shards, run on an S3 in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from personalize_batch_runtime import shards
from personalize_batch_runtime._retry import Deadline
from personalize_batch_runtime._shards.types import Quotas
from tests.support.s3 import MemoryS3


def run(
    s3: MemoryS3,
    quotas: Quotas | None = None,
    seconds: Callable[[], float] = lambda: 900,
    **event: Any,
) -> Any:
    """Runs one task, without waiting."""
    deadline = Deadline(lambda: int(seconds() * 1000), sleep=lambda _: None)
    return shards.run(event, s3=s3, deadline=deadline, quotas=quotas or Quotas())


def make_plan(s3: MemoryS3, quotas: Quotas | None = None, **event: Any) -> Any:
    """Plans the run of these tests: from in/data/ over in/shards/run/ to out/run/."""
    places = {
        "inputUri": "s3://in/data/",
        "workUri": "s3://in/shards/run/",
        "outputUri": "s3://out/run/",
    }
    return run(s3, quotas, task="plan", **{**places, **event})
