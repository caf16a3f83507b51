"""The state machine of a workflow as data, one function a state: what every run goes through."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cdk_personalize_batch import _limits, _workflow_input
from cdk_personalize_batch._definition import State, expression, retry
from cdk_personalize_batch._workflow_job import TRANSIENT, JobStates
from cdk_personalize_batch._workflow_shards import ShardStates

OUTPUT_VERSION: Final = 1

# Source: the developer guide, "Amazon Personalize endpoints and quotas".
_FILES: Final = 1000
_ITEM_QUERIES: Final = 500
_ATTRIBUTE_QUERIES: Final = 10
# So many keys of some hundred characters stay below the 256 KB of a state.
_PAGE: Final = 250
# {"userId":"1"} and its line end: a file of so many bytes for each record that it may have never
# has too many.
_SHORTEST_RECORD: Final = 15
_NAME_DIGITS: Final = 12
# Results, and the manifest of an earlier run.
_NO_INPUT: Final = r"/(\.out|(^|\/)_manifest\.json)$/"
_S3_TRANSIENT: Final = ("S3.S3Exception", "S3.SdkClientException")
_IN: Final = "$states.input"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowFacts:
    """All that the definition of a workflow depends on.

    Attributes:
        kind: ``BatchInferenceJob`` or ``BatchSegmentJob``.
        request: The request without name, version and paths, as Step Functions names its fields.
        solution_version_arn: The model; None for the newest one of the solution.
        solution_arn: The solution whose newest ACTIVE version is used.
        input_uri: The URI of the input.
        output_uri: The folder of all runs, with its ``/``.
        work_uri: The folder of copies of large input, with its ``/``.
        input_key_arn: The KMS key of the input.
        output_key_arn: The KMS key of the output, and of the copies beside it.
        slug: What the names of jobs begin with.
        partition: The partition of ARNs.
        jobs: What the ARNs of jobs begin with, with its ``/``.
        function_arn: The function that cuts large input.
        records_per_file: The most records of a file; None for a segment job, whose recipe decides.
        most_results: The largest number of results; None for no limit.
        poll_seconds: How long to wait between two looks at a job.
        timeout_seconds: How long a run may take.
        max_concurrency: How many shards run at the same time.
    """

    kind: str
    request: Mapping[str, Any]
    solution_version_arn: str | None
    solution_arn: str | None
    input_uri: str
    output_uri: str
    work_uri: str
    input_key_arn: str | None = None
    output_key_arn: str | None = None
    slug: str
    partition: str
    jobs: str
    function_arn: str
    records_per_file: int | None
    most_results: int | None = None
    poll_seconds: int
    timeout_seconds: int
    max_concurrency: int


def workflow_definition(facts: WorkflowFacts) -> State:
    """Returns the state machine of a workflow.

    Args:
        facts: What it depends on.
    """
    job = JobStates(
        kind=facts.kind,
        partition=facts.partition,
        jobs=facts.jobs,
        poll_seconds=facts.poll_seconds,
        latest=facts.solution_arn is not None,
        succeeded="Done",
        failed="Failed",
    )
    shards = ShardStates(
        job=job,
        function_arn=facts.function_arn,
        max_concurrency=facts.max_concurrency,
        output_uri=facts.output_uri,
        work_uri=facts.work_uri,
        shard_request=_request(
            facts,
            source=f"$exists($shard.copyList.key) ? {_location(facts.output_key_arn)}"
            f" : {_location(facts.input_key_arn)}",
            source_path="$shard.inputUri",
            target_path="$shard.outputUri",
        ),
        done="AllDone",
    )
    versions = _version_states(facts)
    first = next(iter(versions), "ListInput")
    return {
        "Comment": f"Runs a {facts.kind} over input of any size",
        "QueryLanguage": "JSONata",
        "StartAt": "ReadInput",
        "TimeoutSeconds": facts.timeout_seconds,
        "States": {
            "ReadInput": _read_input(facts),
            "CheckInput": _check_input(first),
            "ListRunning": _list_running(facts),
            "IsAlone": _is_alone(first),
            "Skipped": _skipped(),
            **versions,
            "ListInput": _list_input(facts),
            "InputFits": _input_fits(facts, job.start, shards.start),
            **job.states(),
            "Done": _done(),
            **shards.states(),
            "AllDone": _all_done(),
            "Failed": {
                "Type": "Fail",
                "Error": expression(f"{_IN}.error"),
                "Cause": expression(f"{_IN}.problem"),
            },
        },
    }


def _read_input(facts: WorkflowFacts) -> State:
    uri = f"({_workflow_input.input_uri(facts.input_uri)})"
    path = f"$substringAfter({uri}, '://')"
    run = _workflow_input.run()
    key = f"$states.context.StateMachine.Id & ' ' & {run}"
    assigned: State = {
        "problem": expression(_workflow_input.problem(facts.input_uri, facts.most_results)),
        "run": expression(run),
        "jobName": expression(
            f"'{facts.slug}-' & $substring($hash({key}, 'SHA-256'), 0, {_NAME_DIGITS})"
        ),
        "inputUri": expression(uri),
        "inputBucket": expression(f"$substringBefore({path}, '/')"),
        "inputKey": expression(f"$substringAfter({path}, '/')"),
        "request": expression(_workflow_input.request(facts.request)),
    }
    if facts.solution_version_arn is not None:
        assigned["solutionVersionArn"] = facts.solution_version_arn
    if facts.records_per_file is not None:
        assigned["recordsPerFile"] = facts.records_per_file
    return {"Type": "Pass", "Assign": assigned, "Next": "CheckInput"}


def _check_input(first: str) -> State:
    skips = f"{_workflow_input.GIVEN}.{_workflow_input.SKIP_IF_RUNNING} = true"
    return {
        "Type": "Choice",
        "Choices": [
            {
                "Condition": expression("$problem != ''"),
                "Output": _failure("InvalidInput", "$problem"),
                "Next": "Failed",
            },
            {"Condition": expression(skips), "Next": "ListRunning"},
        ],
        "Default": first,
    }


def _list_running(facts: WorkflowFacts) -> State:
    listed = "$join([$states.result.Executions.ExecutionArn], ' ') & ' '"
    own = "$states.context.Execution.Id & ' '"
    return {
        "Type": "Task",
        "Resource": f"arn:{facts.partition}:states:::aws-sdk:sfn:listExecutions",
        "Arguments": {
            "StateMachineArn": expression("$states.context.StateMachine.Id"),
            "StatusFilter": "RUNNING",
        },
        # The list has the newest first, so what follows this execution in it has started earlier.
        "Output": {"earlier": expression(f"$trim($substringAfter({listed}, {own}))")},
        "Retry": [retry(attempts=8)],
        "Next": "IsAlone",
    }


def _is_alone(first: str) -> State:
    return {
        "Type": "Choice",
        "Choices": [{"Condition": expression(f"{_IN}.earlier != ''"), "Next": "Skipped"}],
        "Default": first,
    }


def _skipped() -> State:
    return {
        "Type": "Succeed",
        "Output": {
            "version": OUTPUT_VERSION,
            "run": expression("$run"),
            "skippedFor": expression(f"$split({_IN}.earlier, ' ')[0]"),
        },
    }


def _version_states(facts: WorkflowFacts) -> dict[str, State]:
    """Returns the states that look at the solution; none where nothing about it is asked."""
    states: dict[str, State] = {}
    recipe_asked = facts.records_per_file is None
    if facts.solution_arn is not None:
        states["ListVersions"] = _list_versions(facts)
        states["HasVersion"] = _has_version(
            facts, "DescribeVersion" if recipe_asked else "ListInput"
        )
    if recipe_asked:
        states["DescribeVersion"] = _describe_version(facts)
    return states


def _list_versions(facts: WorkflowFacts) -> State:
    arguments = (
        f"$merge([{{'SolutionArn': {json.dumps(facts.solution_arn)}}}, "
        f"$exists({_IN}.nextVersions) ? {{'NextToken': {_IN}.nextVersions}}])"
    )
    newest = (
        f"$newest := $sort($append({_IN}.newest, "
        "$states.result.SolutionVersions[Status = 'ACTIVE']), "
        "function($a, $b) {$a.CreationDateTime < $b.CreationDateTime})[0]"
    )
    output = (
        f"({newest}; $merge([$exists($newest) ? {{'newest': $newest}}, "
        "$exists($states.result.NextToken) ? {'nextVersions': $states.result.NextToken}]))"
    )
    return {
        "Type": "Task",
        "Resource": f"arn:{facts.partition}:states:::aws-sdk:personalize:listSolutionVersions",
        "Arguments": expression(arguments),
        "Output": expression(output),
        "Retry": [retry(*TRANSIENT, attempts=8)],
        "Next": "HasVersion",
    }


def _has_version(facts: WorkflowFacts, following: str) -> State:
    none = (
        f"'the solution ' & {json.dumps(facts.solution_arn)} & ' has no version that is ACTIVE; "
        "train one and wait for it'"
    )
    return {
        "Type": "Choice",
        "Choices": [
            {"Condition": expression(f"$exists({_IN}.nextVersions)"), "Next": "ListVersions"},
            {
                "Condition": expression(f"$exists({_IN}.newest)"),
                "Assign": {"solutionVersionArn": expression(f"{_IN}.newest.SolutionVersionArn")},
                "Output": {},
                "Next": following,
            },
            {
                "Condition": expression("true"),
                "Output": _failure("NoActiveVersion", none),
                "Next": "Failed",
            },
        ],
    }


def _describe_version(facts: WorkflowFacts) -> State:
    recipe = "$states.result.SolutionVersion.RecipeArn"
    return {
        "Type": "Task",
        "Resource": f"arn:{facts.partition}:states:::aws-sdk:personalize:describeSolutionVersion",
        "Arguments": {"SolutionVersionArn": expression("$solutionVersionArn")},
        "Assign": {
            "recordsPerFile": expression(
                f"$contains({recipe}, 'attribute') ? {_ATTRIBUTE_QUERIES} : {_ITEM_QUERIES}"
            )
        },
        "Output": {},
        "Retry": [retry(*TRANSIENT, attempts=8)],
        "Next": "ListInput",
    }


def _list_input(facts: WorkflowFacts) -> State:
    arguments = (
        f"$merge([{{'Bucket': $inputBucket, 'Prefix': $inputKey, 'MaxKeys': {_PAGE}}}, "
        f"$exists({_IN}.nextPage) ? {{'ContinuationToken': {_IN}.nextPage}}])"
    )
    size, is_mark = "$number(Size)", "$substring(Key, -1) = '/'"
    # The same as the task plan: one object where its key is given, without marks of folders, empty
    # objects and results. Whatever is in the way of using the path as it is makes it odd.
    output = (
        "($page := $states.result.Contents; "
        f"$named := $page[Key = $inputKey and $not({is_mark})]; "
        f"$listed := $exists($named) ? $named : $page[{size} > 0 or $not({is_mark})]; "
        f"$used := $listed[{size} > 0 and $not($contains(Key, {_NO_INPUT}))]; "
        f"$more := $exists($states.result.NextContinuationToken) and $not($exists($named)); "
        f"$merge([{{'files': {_sum('files', '$count($used)')}, "
        f"'bytes': {_sum('bytes', f'$sum([$used.{size}])')}, "
        f"'largest': $max([0, {_IN}.largest, $used.{size}]), "
        f"'odd': {_IN}.odd = true or $count($used) != $count($listed)"
        " or ($exists($named) and $count($page) > 1)}, "
        "$more ? {'nextPage': $states.result.NextContinuationToken}]))"
    )
    return {
        "Type": "Task",
        "Resource": f"arn:{facts.partition}:states:::aws-sdk:s3:listObjectsV2",
        "Arguments": expression(arguments),
        "Output": expression(output),
        "Retry": [retry(*_S3_TRANSIENT, attempts=4)],
        "Next": "InputFits",
    }


def _sum(field: str, more: str) -> str:
    return f"({_IN}.{field} ? {_IN}.{field} : 0) + {more}"


def _input_fits(facts: WorkflowFacts, job: str, plan: str) -> State:
    within = (
        f"$not({_IN}.odd) and {_IN}.files <= {_FILES}"
        f" and {_IN}.bytes <= {_limits.INPUT_BYTES}"
        f" and {_IN}.largest <= $recordsPerFile * {_SHORTEST_RECORD}"
    )
    more = f"$exists({_IN}.nextPage)"
    request = _request(
        facts,
        source=_location(facts.input_key_arn),
        source_path="$inputUri",
        target_path=f"{json.dumps(facts.output_uri)} & $run & '/'",
    )
    found = f"{{'files': {_IN}.files, 'bytes': {_IN}.bytes}}"
    nothing = (
        "'there is no input below ' & $inputUri & ': no object that is not empty and not a result "
        "of a job; put JSON Lines files there, or correct the URI'"
    )
    return {
        "Type": "Choice",
        "Choices": [
            {"Condition": expression(f"{more} and {within}"), "Next": "ListInput"},
            {
                "Condition": expression(f"$not({more}) and {_IN}.files = 0"),
                "Output": _failure("InputNotFound", nothing),
                "Next": "Failed",
            },
            {
                "Condition": expression(f"$not({more}) and {within}"),
                "Output": {
                    "request": expression(request),
                    "jobName": expression("$jobName"),
                    "attempt": 0,
                    "redrives": 0,
                    "adopted": False,
                    "found": expression(found),
                },
                "Next": job,
            },
        ],
        "Default": plan,
    }


def _request(facts: WorkflowFacts, *, source: str, source_path: str, target_path: str) -> str:
    target = _location(facts.output_key_arn)
    return (
        "$merge([$request, {'SolutionVersionArn': $solutionVersionArn, "
        f"'JobInput': {{'S3DataSource': $merge([{source}, {{'Path': {source_path}}}])}}, "
        f"'JobOutput': {{'S3DataDestination': $merge([{target}, {{'Path': {target_path}}}])}}}}])"
    )


def _location(key_arn: str | None) -> str:
    return "{}" if key_arn is None else f"{{'KmsKeyArn': {json.dumps(key_arn)}}}"


def _failure(error: str, problem: str) -> State:
    return {"error": error, "problem": expression(problem)}


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


def _done() -> State:
    target = expression(f"{_IN}.request.JobOutput.S3DataDestination.Path")
    return {
        "Type": "Succeed",
        "Output": _document(
            outputUri=target,
            jobs=[
                {
                    "jobArn": expression(f"{_IN}.jobArn"),
                    "jobName": expression(f"$split({_IN}.jobArn, '/')[1]"),
                    "status": expression(f"{_IN}.status"),
                    "outputUri": target,
                }
            ],
            counts={
                "jobs": 1,
                "files": expression(f"{_IN}.found.files"),
                "bytes": expression(f"{_IN}.found.bytes"),
            },
        ),
    }


def _all_done() -> State:
    # The jobs of very many shards are in the manifest only.
    listed = f"[{_IN}.jobs.$sift(function($v, $k) {{$k != 'index'}})]"
    jobs = f"$exists($plan.itemReader.key) ? [] : {listed}"
    counts = (
        "$merge([{'jobs': $plan.shardCount, 'files': $plan.fileCount, 'bytes': $plan.bytes}, "
        "$type($plan.records) = 'number' ? {'records': $plan.records}])"
    )
    return {
        "Type": "Succeed",
        "Output": _document(
            outputUri=expression("$plan.outputUri"),
            manifestUri=expression(f"{_IN}.manifestUri"),
            jobs=expression(jobs),
            counts=expression(counts),
        ),
    }
