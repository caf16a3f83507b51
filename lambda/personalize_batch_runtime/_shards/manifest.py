"""The task ``manifest``: one file below the output that says what ran, and how it ended."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from personalize_batch_runtime._shards.errors import InputNotFound, InvalidTask, JobsMismatch
from personalize_batch_runtime._shards.plan import MANIFEST_NAME
from personalize_batch_runtime._shards.s3 import Place, ShardStorage, parse
from personalize_batch_runtime._shards.types import (
    PLAN_VERSION,
    JobResult,
    Manifest,
    ManifestResult,
    Plan,
    ShardItem,
)

SUCCEEDED = "ACTIVE"
COMPLETE = "COMPLETE"
# They are in the cause of a failed execution.
SHOWN_PROBLEMS = 3
NO_REASON = "no reason given"


def manifest(event: Mapping[str, Any], storage: ShardStorage) -> ManifestResult:
    """Writes the manifest of a run; that of a finished run stays, if this one has not finished.

    The event has ``plan``, and ``jobs`` or ``jobsFrom``, where Step Functions wrote the results of
    a distributed Map.

    Raises:
        RuntimeFailure: One of ``_shards.errors``.
    """
    plan: Plan | None = event.get("plan")
    if not isinstance(plan, dict) or plan.get("version") != PLAN_VERSION:
        raise InvalidTask(
            f"plan must be an answer of the task plan, of version {PLAN_VERSION}, "
            f"got {str(plan)[:300]!r}."
        )
    items: list[ShardItem] = plan["shards"]
    if plan["itemReader"]:
        items = storage.get_json(Place(**plan["itemReader"]))
    jobs = _by_shard(_jobs(event, storage), len(items))
    succeeded = sum(job.get("status") == SUCCEEDED for job in jobs.values())
    content: Manifest = {
        "version": PLAN_VERSION,
        "status": COMPLETE if succeeded == len(items) else "INCOMPLETE",
        "inputUri": plan["inputUri"],
        "outputUri": plan["outputUri"],
        "shardCount": len(items),
        "succeeded": succeeded,
        "fileCount": plan["fileCount"],
        "bytes": plan["bytes"],
        "records": plan["records"],
        "skippedFiles": plan["skippedFiles"],
        "shards": [
            {
                "index": item["index"],
                "name": item["name"],
                "inputUri": item["inputUri"],
                "outputUri": item["outputUri"],
                "files": item["files"],
                "bytes": item["bytes"],
                "records": item["records"],
                "job": jobs.get(item["index"]),
            }
            for item in items
        ],
    }
    place = parse(plan["outputUri"], field="plan.outputUri", folder=True) / MANIFEST_NAME
    # A run whose key is used again must not take back what a run before it has finished.
    if content["status"] == COMPLETE or not _is_complete(place, storage):
        storage.put_json(place, content)
    return {
        "manifestUri": place.uri,
        "outputUri": content["outputUri"],
        "status": content["status"],
        "shardCount": content["shardCount"],
        "succeeded": succeeded,
        "problems": [
            f"shard {index}: {job.get('failureReason') or NO_REASON}"
            for index, job in sorted(jobs.items())
            if job.get("status") != SUCCEEDED
        ][:SHOWN_PROBLEMS],
    }


def _is_complete(place: Place, storage: ShardStorage) -> bool:
    try:
        found = storage.get_json(place)
    except (InputNotFound, ValueError):  # none, or none of ours
        return False
    return isinstance(found, dict) and found.get("status") == COMPLETE


def _jobs(event: Mapping[str, Any], storage: ShardStorage) -> list[JobResult]:
    jobs, place = event.get("jobs"), event.get("jobsFrom")
    if isinstance(jobs, list) and place is None:
        return jobs
    if jobs is None and isinstance(place, dict) and place.keys() == {"bucket", "key"}:
        return list(_map_results(Place(**place), storage))
    raise InvalidTask(
        'the task manifest takes either jobs, a list, or jobsFrom, {"bucket", "key"} of what the '
        f"ResultWriter wrote, got jobs {str(jobs)[:100]!r} and jobsFrom {str(place)[:100]!r}."
    )


def _map_results(place: Place, storage: ShardStorage) -> Iterator[JobResult]:
    """Reads the results of a distributed Map, described at its ResultWriter field."""
    written = storage.get_json(place)
    for files in written["ResultFiles"].values():
        for file in files:
            for one in storage.get_json(Place(written["DestinationBucket"], file["Key"])):
                yield _map_result(one)


def _map_result(one: dict[str, Any]) -> JobResult:
    if "ExecutionArn" not in one:
        # With the WriterConfig COMPACT it is the output alone.
        return cast(JobResult, one)
    if one["Status"] == "SUCCEEDED":
        return cast(JobResult, json.loads(one["Output"]))
    # A workflow puts the shard beside the request of its job.
    item = json.loads(one["Input"])
    return {
        "index": item.get("shard", item)["index"],
        "status": one["Status"],
        "failureReason": one.get("Cause") or one.get("Error") or NO_REASON,
    }


def _by_shard(jobs: list[JobResult], shards: int) -> dict[int, JobResult]:
    found: dict[int, JobResult] = {}
    for job in jobs:
        index = job.get("index") if isinstance(job, dict) else None
        if not isinstance(index, int) or not 1 <= index <= shards or index in found:
            raise JobsMismatch(
                f"every job must have the index of a shard, 1 to {shards}, and no other job the "
                f"same, got {index!r} in {str(job)[:200]!r}."
            )
        found[index] = job
    return found
