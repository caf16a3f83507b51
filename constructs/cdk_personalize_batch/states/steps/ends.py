"""The states of a workflow that end a run as succeeded: its manifest, and its document.

The manifest has one form, whether one job has run or many: the function that cuts large input
writes it for shards, as ``docs/large-input.md`` says, and the state machine itself for one job.
"""

from __future__ import annotations

from typing import Any, Final

from cdk_personalize_batch.states.language import (
    ELAPSED,
    IN,
    State,
    bucket_of,
    expression,
    key_of,
    literal,
    name_of,
    retry,
    task,
)
from cdk_personalize_batch.states.run.facts import WorkflowFacts
from cdk_personalize_batch.states.steps.source import TRANSIENT

OUTPUT_VERSION: Final = 1
MANIFEST_NAME: Final = "_manifest.json"

_MANIFEST_VERSION: Final = 1
_ONLY_SHARD: Final = "shard-00001"


def job_done(facts: WorkflowFacts, following: str) -> State:
    """Returns the state after a single job that has succeeded: it writes the manifest."""
    uri = f"{IN}.request.JobOutput.S3DataDestination.Path"
    target = expression(uri)
    job = {
        "jobArn": expression(f"{IN}.jobArn"),
        "jobName": expression(name_of(f"{IN}.jobArn")),
        "status": expression(f"{IN}.status"),
    }
    return {
        **task(facts.partition, "aws-sdk:s3:putObject"),
        "Arguments": {
            "Bucket": expression(bucket_of(uri)),
            "Key": expression(f"{key_of(uri)} & {literal(MANIFEST_NAME)}"),
            "ContentType": "application/json",
            "Body": _manifest_of_one(target, job),
        },
        "Output": _document(
            outputUri=target,
            manifestUri=expression(f"{uri} & {literal(MANIFEST_NAME)}"),
            jobs=[{**job, "outputUri": target}],
            counts={
                "jobs": 1,
                "files": expression(f"{IN}.found.files"),
                "bytes": expression(f"{IN}.found.bytes"),
            },
        ),
        "Retry": [retry(*TRANSIENT, attempts=8)],
        "Next": following,
    }


def _manifest_of_one(target: str, job: State) -> State:
    size: State = {"bytes": expression(f"{IN}.found.bytes"), "records": None}
    places: State = {"inputUri": expression("$inputUri"), "outputUri": target}
    files = expression(f"{IN}.found.files")
    return {
        "version": _MANIFEST_VERSION,
        "status": "COMPLETE",
        **places,
        "shardCount": 1,
        "succeeded": 1,
        "fileCount": files,
        **size,
        # Input in which something has to be left out is not used as it lies.
        "skippedFiles": 0,
        "shards": [
            {
                "index": 1,
                "name": _ONLY_SHARD,
                **places,
                "files": files,
                **size,
                "job": {"index": 1, **job},
            }
        ],
    }


def shards_done(following: str) -> State:
    """Returns the state after shards that have all succeeded."""
    counts = (
        "$merge([{'jobs': $plan.shardCount, 'files': $plan.fileCount, 'bytes': $plan.bytes}, "
        "$type($plan.records) = 'number' ? {'records': $plan.records}])"
    )
    return {
        "Type": "Pass",
        "Output": _document(
            outputUri=expression("$plan.outputUri"),
            manifestUri=expression(f"{IN}.manifestUri"),
            # They are in the manifest: those of many shards would outgrow `limits.STATE_BYTES`.
            jobs=[],
            counts=expression(counts),
        ),
        "Next": following,
    }


def _document(**fields: Any) -> State:  # noqa: ANN401 - JSON values and expressions
    return {
        "version": OUTPUT_VERSION,
        "run": expression("$run"),
        "inputUri": expression("$inputUri"),
        "solutionVersionArn": expression("$solutionVersionArn"),
        **fields,
        "seconds": expression(ELAPSED),
    }
