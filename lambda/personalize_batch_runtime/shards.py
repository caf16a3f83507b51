"""Input of any size: cut it into shards that each fit one job, copy them, list what ran.

A workflow calls this function three times over: ``plan`` once, ``copy`` for each shard, and
``manifest`` at the end. Events and answers are described in ``docs/large-input.md`` and typed in
``_shard_types``; a failure's class name is its name in the workflow (``_shard_errors``).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config

from personalize_batch_runtime import _log
from personalize_batch_runtime._retry import Deadline
from personalize_batch_runtime._shard_copy import copy
from personalize_batch_runtime._shard_errors import InvalidTask
from personalize_batch_runtime._shard_manifest import manifest
from personalize_batch_runtime._shard_plan import plan
from personalize_batch_runtime._shard_s3 import (
    CONNECT_SECONDS,
    READ_SECONDS,
    THREADS,
    ShardStorage,
)
from personalize_batch_runtime._shard_types import CopyResult, ManifestResult, Plan, Quotas

QUOTAS = Quotas()


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

    Args:
        event: ``task`` and what the task takes.
        s3: A boto3 ``s3`` client that does not retry by itself.
        deadline: The time that is left.
        quotas: What one job takes.

    Raises:
        RuntimeFailure: ``OutOfTime``, or one of ``_shard_errors``.
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
