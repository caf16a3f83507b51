"""The states of a workflow that look at its input, and decide whether it fits one job."""

from __future__ import annotations

import json
from typing import Final

from cdk_personalize_batch import _limits
from cdk_personalize_batch._definition import State, expression, failure, retry
from cdk_personalize_batch._workflow_facts import WorkflowFacts

# S3 answers with names that the service model does not list.
TRANSIENT: Final = ("S3.S3Exception", "S3.SdkClientException")

# Source: the developer guide, "Amazon Personalize endpoints and quotas".
_FILES: Final = 1000
# So many keys of some hundred characters stay below the 256 KB of a state.
_PAGE: Final = 250
# {"userId":"1"} and its line end: a file of so many bytes for each record that it may have never
# has too many.
_SHORTEST_RECORD: Final = 15
# Results, and the manifest of an earlier run.
_NO_INPUT: Final = r"/(\.out|(^|\/)_manifest\.json)$/"

_IN: Final = "$states.input"


def list_input(facts: WorkflowFacts) -> State:
    """Returns the state that lists one page of the input and adds it to what came before.

    Args:
        facts: What it depends on.
    """
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
        "Retry": [retry(*TRANSIENT, attempts=4)],
        "Next": "InputFits",
    }


def _sum(field: str, more: str) -> str:
    return f"({_IN}.{field} ? {_IN}.{field} : 0) + {more}"


def input_fits(facts: WorkflowFacts, job: str, plan: str) -> State:
    """Returns the state that decides what becomes of the input.

    Args:
        facts: What it depends on.
        job: The state that creates a job; its input is the job.
        plan: The state that cuts the input.
    """
    within = (
        f"$not({_IN}.odd) and {_IN}.files <= {_FILES}"
        f" and {_IN}.bytes <= {_limits.INPUT_BYTES}"
        f" and {_IN}.largest <= $recordsPerFile * {_SHORTEST_RECORD}"
    )
    more = f"$exists({_IN}.nextPage)"
    request = job_request(
        facts,
        source=location(facts.input_key_arn),
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
                "Output": failure("InputNotFound", nothing),
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


def job_request(facts: WorkflowFacts, *, source: str, source_path: str, target_path: str) -> str:
    """Returns the expression for the request of a job, without its name.

    Args:
        facts: What it depends on.
        source: The expression for the key of the input, as an object.
        source_path: The expression for the path of the input.
        target_path: The expression for the path of the output.
    """
    target = location(facts.output_key_arn)
    return (
        "$merge([$request, {'SolutionVersionArn': $solutionVersionArn, "
        f"'JobInput': {{'S3DataSource': $merge([{source}, {{'Path': {source_path}}}])}}, "
        f"'JobOutput': {{'S3DataDestination': $merge([{target}, {{'Path': {target_path}}}])}}}}])"
    )


def location(key_arn: str | None) -> str:
    """Returns the expression for a location in S3 without its path.

    Args:
        key_arn: Its KMS key; None for none.
    """
    return "{}" if key_arn is None else f"{{'KmsKeyArn': {json.dumps(key_arn)}}}"
