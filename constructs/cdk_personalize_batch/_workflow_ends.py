"""The states of a workflow that end a run as succeeded: its manifest, and its document.

The manifest has one form, whether one job has run or many: the function that cuts large input
writes it for shards, as ``docs/large-input.md`` says, and the state machine itself for one job.
"""

from __future__ import annotations

from typing import Any, Final

from cdk_personalize_batch._definition import State, expression, retry
from cdk_personalize_batch._workflow_facts import WorkflowFacts
from cdk_personalize_batch._workflow_source import TRANSIENT

OUTPUT_VERSION: Final = 1
MANIFEST_NAME: Final = "_manifest.json"

_MANIFEST_VERSION: Final = 1
_ONLY_SHARD: Final = "shard-00001"

_IN: Final = "$states.input"


def job_done(facts: WorkflowFacts, following: str) -> State:
    """Returns the state after a single job that has succeeded: it writes the manifest.

    Args:
        facts: What it depends on.
        following: The next state.
    """
    uri = f"{_IN}.request.JobOutput.S3DataDestination.Path"
    path = f"$substringAfter({uri}, '://')"
    target = expression(uri)
    job = {
        "jobArn": expression(f"{_IN}.jobArn"),
        "jobName": expression(f"$split({_IN}.jobArn, '/')[1]"),
        "status": expression(f"{_IN}.status"),
    }
    return {
        "Type": "Task",
        "Resource": f"arn:{facts.partition}:states:::aws-sdk:s3:putObject",
        "Arguments": {
            "Bucket": expression(f"$substringBefore({path}, '/')"),
            "Key": expression(f"$substringAfter({path}, '/') & '{MANIFEST_NAME}'"),
            "ContentType": "application/json",
            "Body": _manifest_of_one(target, job),
        },
        "Output": _document(
            outputUri=target,
            manifestUri=expression(f"{uri} & '{MANIFEST_NAME}'"),
            jobs=[{**job, "outputUri": target}],
            counts={
                "jobs": 1,
                "files": expression(f"{_IN}.found.files"),
                "bytes": expression(f"{_IN}.found.bytes"),
            },
        ),
        "Retry": [retry(*TRANSIENT, attempts=8)],
        "Next": following,
    }


def _manifest_of_one(target: str, job: State) -> State:
    size: State = {"bytes": expression(f"{_IN}.found.bytes"), "records": None}
    places: State = {"inputUri": expression("$inputUri"), "outputUri": target}
    files = expression(f"{_IN}.found.files")
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
    """Returns the state after shards that have all succeeded.

    Args:
        following: The next state.
    """
    # The jobs of very many shards are in the manifest only.
    listed = f"[{_IN}.jobs.$sift(function($v, $k) {{$k != 'index'}})]"
    jobs = f"$exists($plan.itemReader.key) ? [] : {listed}"
    counts = (
        "$merge([{'jobs': $plan.shardCount, 'files': $plan.fileCount, 'bytes': $plan.bytes}, "
        "$type($plan.records) = 'number' ? {'records': $plan.records}])"
    )
    return {
        "Type": "Pass",
        "Output": _document(
            outputUri=expression("$plan.outputUri"),
            manifestUri=expression(f"{_IN}.manifestUri"),
            jobs=expression(jobs),
            counts=expression(counts),
        ),
        "Next": following,
    }


def _document(**fields: Any) -> State:  # noqa: ANN401 - JSON values and expressions
    elapsed = (
        "$toMillis($states.context.State.EnteredTime)"
        " - $toMillis($states.context.Execution.StartTime)"
    )
    return {
        "version": OUTPUT_VERSION,
        "run": expression("$run"),
        "inputUri": expression("$inputUri"),
        "solutionVersionArn": expression("$solutionVersionArn"),
        **fields,
        "seconds": expression(f"$floor(({elapsed}) / 1000)"),
    }
