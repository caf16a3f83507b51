"""The states of a workflow that look at its input, and decide whether it fits one job."""

from __future__ import annotations

from typing import Final

from cdk_personalize_batch import limits
from cdk_personalize_batch.states.language import (
    IN,
    QUOTES,
    State,
    expression,
    failure,
    literal,
    object_of,
    paged,
    pattern,
    retry,
    task,
)
from cdk_personalize_batch.states.run.facts import WorkflowFacts

# S3 answers with names that the service model does not list.
TRANSIENT: Final = ("S3.S3Exception", "S3.SdkClientException")

# A key has up to 1,024 bytes (S3 User Guide, "Naming Amazon S3 objects"), which JSON may write with
# six characters each: so many stay below `limits.STATE_BYTES`.
PAGE: Final = 40
# {"userId":"1"} and its line end: a file of so many bytes for each record that it may have never
# has too many.
_SHORTEST_RECORD: Final = 15
_RESULT: Final = r"\.out$"
# What Spark, Hive, Delta and this library call files and folders that are no data, below the input.
_HIDDEN: Final = "/[_.]"


def list_input(facts: WorkflowFacts) -> State:
    """Returns the state that lists one page of the input and adds it to what came before."""
    arguments = paged(
        object_of(Bucket="$inputBucket", Prefix="$inputKey", MaxKeys=str(PAGE)),
        argument="ContinuationToken",
        following=f"{IN}.nextPage",
    )
    size, is_mark = "$number(Size)", "$substring(Key, -1) = '/'"
    # The same as the task plan: one object where its key is given, without marks of folders, empty
    # objects, results and what is hidden. Whatever is in the way of using the path as it is makes
    # it odd.
    output = (
        f"($page := $states.result.Contents; {no_input()} "
        f"$named := $page[Key = $inputKey and $not({is_mark})]; "
        f"$listed := $exists($named) ? $named : $page[{size} > 0 or $not({is_mark})]; "
        f"$used := $listed[{size} > 0 and $not($isNoInput(Key))]; "
        f"$more := $exists($states.result.NextContinuationToken) and $not($exists($named)); "
        f"$merge([{{'files': {_sum('files', '$count($used)')}, "
        f"'bytes': {_sum('bytes', f'$sum([$used.{size}])')}, "
        f"'largest': $max([0, {IN}.largest, $used.{size}]), "
        f"'odd': {IN}.odd = true or $count($used) != $count($listed)"
        " or ($exists($named) and $count($page) > 1)}, "
        "$more ? {'nextPage': $states.result.NextContinuationToken}]))"
    )
    return {
        **task(facts.partition, "aws-sdk:s3:listObjectsV2"),
        "Arguments": expression(arguments),
        "Output": expression(output),
        "Retry": [retry(*TRANSIENT, attempts=4)],
        "Next": "InputFits",
    }


def no_input() -> str:
    """Returns the definition of ``$isNoInput($key)``: a result, or hidden; needs ``$inputKey``.

    The function that cuts large input decides the same; what is hidden, in ``_hidden``.
    """
    below = "$root & $substring($key, $length($inputKey))"
    return (
        "$root := $substring($inputKey, -1) in ['', '/'] ? '/' : ''; "
        f"$isNoInput := function($key) {{$contains($key, {pattern(_RESULT)})"
        f" or $contains({below}, {pattern(_HIDDEN)})}};"
    )


def _sum(field: str, more: str) -> str:
    return f"({IN}.{field} ? {IN}.{field} : 0) + {more}"


def input_fits(facts: WorkflowFacts, job: str, plan: str) -> State:
    """Returns the state that decides what becomes of the input.

    Args:
        facts: What it depends on.
        job: The state that creates a job; its input is the job.
        plan: The state that cuts the input.
    """
    within = (
        f"$not({IN}.odd) and {IN}.files <= {limits.INPUT_FILES}"
        f" and {IN}.bytes <= {limits.INPUT_BYTES}"
        f" and {IN}.largest <= $recordsPerFile * {_SHORTEST_RECORD}"
    )
    more = f"$exists({IN}.nextPage)"
    request = job_request(
        facts,
        source=location(facts.input_key_arn),
        source_path="$inputUri",
        target_path=f"{literal(facts.output_uri, quote=QUOTES)} & $run & '/'",
    )
    found = object_of(files=f"{IN}.files", bytes=f"{IN}.bytes")
    nothing = (
        "'there is no input below ' & $inputUri & ': no object that is not empty, not a result "
        "of a job and not hidden by _ or . before its name or that of a folder; put JSON Lines "
        "files there, or correct the URI'"
    )
    return {
        "Type": "Choice",
        "Choices": [
            {"Condition": expression(f"{more} and {within}"), "Next": "ListInput"},
            {
                "Condition": expression(f"$not({more}) and {IN}.files = 0"),
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
    """Returns the expression for a location in S3 without its path: its KMS key, if it has one."""
    return "{}" if key_arn is None else object_of(KmsKeyArn=literal(key_arn, quote=QUOTES))
