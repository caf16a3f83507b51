"""The states of a workflow for input that is more than one job takes: plan, copy, run, manifest.

The Lambda function behind ``plan``, ``copy`` and ``manifest`` is described in
``docs/large-input.md``. Shards run in a distributed Map, where each has an execution, and so a
history, of its own; a ResultWriter keeps their results out of the data of the run. An item never
fails, because that would stop the others: it ends as a result. The run fails at its end, in a
Choice, because that is the state that a redrive evaluates again: it finds that it was redriven and
runs the shards once more, of which those that are done find their jobs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cdk_personalize_batch import limits
from cdk_personalize_batch.states.language import (
    IN,
    State,
    bucket_of,
    expression,
    key_of,
    literal,
    name_of,
    object_of,
    or_else,
    retry,
    task,
)
from cdk_personalize_batch.states.steps.job import JobStates

# Of one shard; the task manifest tells of a few.
_LONGEST_PROBLEM: Final = 300
# Where a Map leaves its results, below the folder of a run's copies.
RESULTS_FOLDER: Final = "results"
_DIGITS: Final = 5
_TASK_SECONDS: Final = limits.LONGEST_FUNCTION_SECONDS + 10

_REDRIVES: Final = f"({or_else('$states.context.Execution.RedriveCount', '0')})"
_UNAVAILABLE: Final = (
    "OutOfTime",
    "S3Failed",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ServiceException",
    "Lambda.TooManyRequestsException",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardStates:
    """What the states depend on.

    They use the variables ``run``, ``jobName``, ``inputUri``, ``recordsPerFile`` and ``request``,
    and set ``plan``.

    Attributes:
        job: The states of one job; those of the Map differ from them in name and ends.
        function_arn: The function.
        max_concurrency: How many shards run at the same time.
        output_uri: The folder of all runs, with its ``/``.
        work_uri: The folder of copies, with its ``/``.
        shard_request: The expression for the request of the shard ``$shard``.
        done: The state after all shards have succeeded.
    """

    job: JobStates
    function_arn: str
    max_concurrency: int
    output_uri: str
    work_uri: str
    shard_request: str
    done: str

    start: str = "Plan"

    def states(self) -> dict[str, State]:
        """Returns the states by name."""
        return {
            self.start: self._plan(),
            "RunShards": self._map("Shard"),
            "WriteManifest": self._write_manifest(),
            "ShardsEnded": self._shards_ended(),
        }

    def _task(self, name: str, **payload: str) -> State:
        return {
            **task(self.job.partition, "lambda:invoke"),
            "Arguments": {
                "FunctionName": self.function_arn,
                "Payload": expression(object_of(task=literal(name), **payload)),
            },
            "TimeoutSeconds": _TASK_SECONDS,
            "Retry": [retry(*_UNAVAILABLE, attempts=6)],
        }

    def _plan(self) -> State:
        payload = {
            "inputUri": "$inputUri",
            "workUri": f"{literal(self.work_uri)} & $run & '/'",
            "outputUri": f"{literal(self.output_uri)} & $run & '/'",
            "recordsPerFile": "$recordsPerFile",
            # All go to S3, from where the Map reads them.
            "inlineShards": "0",
        }
        return {
            **self._task("plan", **payload),
            "Assign": {"plan": expression("$states.result.Payload")},
            "Output": {},
            "Next": "RunShards",
        }

    def _reader(self) -> State:
        return {
            "Resource": f"arn:{self.job.partition}:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON"},
            "Arguments": {
                "Bucket": expression("$plan.itemReader.bucket"),
                "Key": expression("$plan.itemReader.key"),
            },
        }

    def _writer(self) -> State:
        work = "$plan.workUri"
        return {
            "Resource": f"arn:{self.job.partition}:states:::s3:putObject",
            "Arguments": {
                "Bucket": expression(bucket_of(work)),
                "Prefix": expression(f"{key_of(work)} & {literal(RESULTS_FOLDER)}"),
            },
        }

    def _map(self, prefix: str) -> State:
        job = self.job.within(prefix, longest_problem=_LONGEST_PROBLEM)
        item = "$shard := $states.context.Map.Item.Value"
        name = f"$jobName & '-' & $pad($string($shard.index), -{_DIGITS}, '0')"
        copy = {
            **self._task("copy", shard=f"{IN}.shard"),
            "Output": expression(IN),
            "Catch": job.catch_all(),
            "Next": job.start,
        }
        shard = {"index": f"{IN}.shard.index", "outputUri": f"{IN}.shard.outputUri"}
        made = {"jobArn": f"{IN}.jobArn", "jobName": name_of(f"{IN}.jobArn")}
        succeeded = object_of(**shard, **made, status=f"{IN}.status")
        status = or_else(f"{IN}.status", "'NOT CREATED'")
        failed = (
            f"$merge([{object_of(**shard)}, $exists({IN}.jobArn) ? {object_of(**made)}, "
            f"{object_of(status=status, failureReason=f'{IN}.problem')}])"
        )
        return {
            "Type": "Map",
            "ItemReader": self._reader(),
            "ResultWriter": self._writer(),
            "MaxConcurrency": self.max_concurrency,
            "ItemSelector": {
                "shard": expression("$states.context.Map.Item.Value"),
                "request": expression(f"({item}; {self.shard_request})"),
                "jobName": expression(f"({item}; {name})"),
                "attempt": 0,
                "redrives": expression(_REDRIVES),
                "adopted": False,
            },
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": f"{prefix}Copy",
                "States": {
                    f"{prefix}Copy": copy,
                    **job.states(),
                    job.succeeded: {
                        "Type": "Pass",
                        "Output": expression(succeeded),
                        "End": True,
                    },
                    job.failed: {"Type": "Pass", "Output": expression(failed), "End": True},
                },
            },
            "Next": "WriteManifest",
        }

    def _write_manifest(self) -> State:
        found = "$states.result.Payload"
        problem = (
            f"$string({found}.shardCount - {found}.succeeded) & ' of ' & "
            f"$string({found}.shardCount) & ' shards failed: ' & $join([{found}.problems], '; ')"
            f" & '. The others are done; a redrive runs these again. Manifest: ' & "
            f"{found}.manifestUri"
        )
        written = f"{IN}.ResultWriterDetails"
        results = object_of(bucket=f"{written}.Bucket", key=f"{written}.Key")
        return {
            **self._task("manifest", plan="$plan", jobsFrom=results),
            "Output": {
                "manifestUri": expression(f"{found}.manifestUri"),
                "status": expression(f"{found}.status"),
                "redrives": expression(_REDRIVES),
                "problem": expression(problem),
            },
            "Next": "ShardsEnded",
        }

    def _shards_ended(self) -> State:
        return {
            "Type": "Choice",
            "Choices": [
                {"Condition": expression(f"{IN}.status = 'COMPLETE'"), "Next": self.done},
                {"Condition": expression(f"{_REDRIVES} > {IN}.redrives"), "Next": "RunShards"},
                # Ends the run as failed. Short, because Step Functions puts it into the cause.
                {"Condition": expression(f"$error({IN}.problem)"), "Next": "RunShards"},
            ],
        }
