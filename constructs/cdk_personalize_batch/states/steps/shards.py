"""The states of a workflow for input that is more than one job takes: plan, copy, run, manifest.

The Lambda function behind ``plan``, ``copy`` and ``manifest`` is described in
``docs/large-input.md``. Few shards run in an inline Map, many in a distributed one. An item of
either never fails, because that would stop the others: it ends as a result. The run fails at its
end, in a Choice, because that is the state that a redrive evaluates again: it finds that it was
redriven and runs the shards once more, of which those that are done find their jobs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cdk_personalize_batch import limits
from cdk_personalize_batch.states.language import (
    IN,
    State,
    expression,
    literal,
    name_of,
    object_of,
    or_else,
    retry,
    task,
)
from cdk_personalize_batch.states.steps.job import JobStates

# More shards than this would come near the `limits.EXECUTION_EVENTS` that an execution may have.
INLINE_SHARDS: Final = 40
# The results of all shards are the output of a Map, `limits.STATE_BYTES` at most.
_LONGEST_PROBLEM: Final = 300
_SHOWN_PROBLEMS: Final = 3
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
        job: The states of one job; those of the two Maps differ from them in name and ends.
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
            "HowMany": {
                "Type": "Choice",
                "Choices": [
                    {
                        "Condition": expression("$exists($plan.itemReader.key)"),
                        "Next": "RunManyShards",
                    }
                ],
                "Default": "RunShards",
            },
            "RunShards": {
                **self._map("Shard", {"Mode": "INLINE"}),
                "Items": expression("[$plan.shards]"),
            },
            "RunManyShards": {
                **self._map("OneOfMany", {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}),
                "ItemReader": self._reader(),
            },
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
            "inlineShards": str(INLINE_SHARDS),
        }
        return {
            **self._task("plan", **payload),
            "Assign": {"plan": expression("$states.result.Payload")},
            "Output": {},
            "Next": "HowMany",
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

    def _map(self, prefix: str, config: State) -> State:
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
                "ProcessorConfig": config,
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
        failed = "$failed := $states.input[status != 'ACTIVE']"
        shown = f"$failed[[0..{_SHOWN_PROBLEMS - 1}]]"
        reason = "'shard ' & $string(index) & ': ' & failureReason"
        problem = (
            "$string($count($failed)) & ' of ' & $string($count($states.input))"
            f" & ' shards failed: ' & $join({shown}.({reason}), '; ')"
            " & '. The others are done; a redrive runs these again. Manifest: '"
            " & $states.result.Payload.manifestUri"
        )
        return {
            **self._task("manifest", plan="$plan", jobs="[$states.input]"),
            "Output": {
                "manifestUri": expression("$states.result.Payload.manifestUri"),
                "status": expression("$states.result.Payload.status"),
                "jobs": expression("[$states.input]"),
                "redrives": expression(_REDRIVES),
                "problem": expression(f"({failed}; {problem})"),
            },
            "Next": "ShardsEnded",
        }

    def _shards_ended(self) -> State:
        return {
            "Type": "Choice",
            "Choices": [
                {"Condition": expression(f"{IN}.status = 'COMPLETE'"), "Next": self.done},
                {"Condition": expression(f"{_REDRIVES} > {IN}.redrives"), "Next": "HowMany"},
                # Ends the run as failed. Short, because Step Functions puts it into the cause.
                {"Condition": expression(f"$error({IN}.problem)"), "Next": "HowMany"},
            ],
        }
