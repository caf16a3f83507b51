"""Input of any size: cut it into shards that each fit one job, copy them, list what ran.

A workflow calls this function three times over: ``plan`` once, ``copy`` for each shard, and
``manifest`` at the end. Events and answers are described in ``docs/large-input.md`` and typed in
``_shards.types``; a failure's class name is its name in the workflow (``_shards.errors``).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Final

import boto3
from botocore.config import Config

from personalize_batch_runtime import _log
from personalize_batch_runtime._retry import Deadline
from personalize_batch_runtime._shards.copy import copy
from personalize_batch_runtime._shards.errors import InvalidTask
from personalize_batch_runtime._shards.manifest import manifest
from personalize_batch_runtime._shards.plan import plan, whole_plan
from personalize_batch_runtime._shards.s3 import (
    CONNECT_SECONDS,
    READ_SECONDS,
    THREADS,
    ShardStorage,
)
from personalize_batch_runtime._shards.types import CopyResult, ManifestResult, Plan, Quotas

__all__ = ["Plan", "handler", "preview"]

QUOTAS = Quotas()
# No bucket has such a name: nothing is written there, and no input can lie there.
_NOWHERE: Final = "s3://-/"
_ENDLESS_MILLISECONDS: Final = 10**9


def handler(event: Mapping[str, Any], context: Any) -> Plan | CopyResult | ManifestResult:  # noqa: ANN401 - Lambda's own object
    """Runs one task of a workflow; Lambda's entry point."""
    with _log.invocation(getattr(context, "aws_request_id", "")):
        return run(event, s3=_s3(), deadline=Deadline(context.get_remaining_time_in_millis))


def run(
    event: Mapping[str, Any],
    *,
    s3: Any,  # noqa: ANN401 - boto3 is untyped
    deadline: Deadline,
    quotas: Quotas = QUOTAS,
) -> Plan | CopyResult | ManifestResult:
    """Runs the task that the event names; each may be repeated at any time.

    Raises:
        RuntimeFailure: ``OutOfTime``, or one of ``_shards.errors``.
    """
    storage = ShardStorage(s3, deadline)
    match event.get("task"):
        case "plan":
            return plan(event, storage, quotas)
        case "copy":
            return copy(event, storage, quotas)
        case "manifest":
            return manifest(event, storage)
        case other:
            raise InvalidTask(f"task must be plan, copy or manifest, got {other!r}.")


def preview(input_uri: str, *, s3: Any, records_per_file: int | None = None) -> Plan:  # noqa: ANN401
    """Plans an input as a workflow would, for the command ``personalize-batch plan``.

    Reads a few KB around each cut, and writes nothing. All shards are in the plan; a shard that
    would be copied has a ``copyList``, and its ``inputUri`` is in a bucket that cannot exist.

    Args:
        input_uri: A file, or a prefix that ends with ``/``.
        s3: A boto3 ``s3`` client.
        records_per_file: The most records that the recipe takes in one file, for which every line
            is read. Default: the quota of Amazon Personalize, for which sizes are enough.

    Raises:
        RuntimeFailure: One of ``_shards.errors``.
    """
    event = {
        "inputUri": input_uri,
        "workUri": f"{_NOWHERE}work/",
        "outputUri": f"{_NOWHERE}output/",
        "recordsPerFile": records_per_file,
    }
    return whole_plan(event, ShardStorage(s3, Deadline(lambda: _ENDLESS_MILLISECONDS)), QUOTAS)


@functools.cache
def _s3() -> Any:  # noqa: ANN401
    # The retries of _retry know the function's time; the SDK's own would not end with it.
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": 1},
        max_pool_connections=THREADS,
    )
    return boto3.client("s3", config=config)
