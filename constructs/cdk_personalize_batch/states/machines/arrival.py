"""The state machines that start a run when input arrives, as data, one function a state."""

from __future__ import annotations

from typing import Final

from cdk_personalize_batch.states.language import (
    IN,
    QUOTES,
    State,
    expression,
    given,
    literal,
    or_else,
    paged,
    pattern,
    retry,
    task,
)
from cdk_personalize_batch.states.steps.source import PAGE, no_input

_DIGITS: Final = 32

_EXISTS: Final = "Sfn.ExecutionAlreadyExistsException"


def arrival_definition(
    *, partition: str, machine_arn: str, bucket: str, prefix: str, quiet_seconds: int
) -> State:
    """Returns the state machine that starts one run for all that arrives together.

    What arrived decides, not its time: that of an object which was uploaded in parts is the time at
    which the upload began, and a replica has that of its source. Source: the Amazon S3 User Guide,
    "System-defined object metadata".
    """
    return {
        "Comment": "Starts an Amazon Personalize batch workflow when its input has arrived",
        "QueryLanguage": "JSONata",
        "StartAt": "IsInput",
        "States": {
            "IsInput": _is_input(prefix),
            "BeQuiet": {"Type": "Wait", "Seconds": quiet_seconds, "Next": "ListRunning"},
            "ListRunning": _list_running(partition),
            "IsOldest": _is_oldest(),
            "ListInput": _list_input(partition, bucket, prefix),
            "IsListed": _is_listed(),
            "StillArriving": {
                "Type": "Wait",
                "Seconds": quiet_seconds,
                "Output": {},
                "Next": "ListRunning",
            },
            # Two that look at the same input name the same run.
            "StartRun": _start_run(partition, machine_arn, f"{IN}.content", "'{}'"),
            "Done": {"Type": "Succeed", "Output": {}},
        },
    }


def success_definition(*, partition: str, machine_arn: str) -> State:
    """Returns the state machine that starts a run over the folder of an object."""
    found = f"{IN}.detail.object"
    # An event can be delivered twice; another version of the object is another upload.
    version = f"{found}.key & ' ' & {found}.sequencer"
    folder = f"$replace({found}.key, {pattern('[^/]+$')}, '')"
    uri = f"'s3://' & {IN}.detail.bucket.name & '/' & {folder}"
    return {
        "Comment": "Starts an Amazon Personalize batch workflow when an upload has ended",
        "QueryLanguage": "JSONata",
        "StartAt": "StartRun",
        "States": {
            "StartRun": _start_run(
                partition, machine_arn, version, f"$string({{'inputUri': {uri}}})"
            ),
            "Done": {"Type": "Succeed", "Output": {}},
        },
    }


def _is_input(prefix: str) -> State:
    key = f"{IN}.detail.object.key"
    return {
        "Type": "Choice",
        "Choices": [
            {
                "Condition": expression(f"({_of_input(prefix)} $isNoInput({key}))"),
                "Next": "Done",
            }
        ],
        "Default": "BeQuiet",
    }


def _of_input(prefix: str) -> str:
    return f"$inputKey := {literal(prefix, quote=QUOTES)}; {no_input()}"


def _list_running(partition: str) -> State:
    arguments = paged(
        "{'StateMachineArn': $states.context.StateMachine.Id, 'StatusFilter': 'RUNNING'}",
        argument="NextToken",
        following=f"{IN}.nextRunning",
    )
    listed = "$join([$states.result.Executions.ExecutionArn], ' ') & ' '"
    own = "$states.context.Execution.Id & ' '"
    output = (
        f"($listed := {listed}; $more := $states.result.NextToken; "
        f"$found := $contains($listed, {own}); "
        # The list has the newest first, so what follows this execution has started earlier.
        f"$older := $found and ($exists($more) or $substringAfter($listed, {own}) != ''); "
        # What arrived within the quiet period still waits for its end.
        f"$before := $found ? $substringBefore($listed, {own}) : $trim($listed); "
        f"$newer := {IN}.newer = true or $before != ''; "
        "$merge([{'older': $older, 'newer': $newer}, "
        "$exists($more) and $not($found) ? {'nextRunning': $more}]))"
    )
    return {
        **task(partition, "aws-sdk:sfn:listExecutions"),
        "Arguments": expression(arguments),
        "Output": expression(output),
        "Retry": [retry(attempts=8)],
        "Next": "IsOldest",
    }


def _is_oldest() -> State:
    return {
        "Type": "Choice",
        "Choices": [
            {"Condition": expression(f"$exists({IN}.nextRunning)"), "Next": "ListRunning"},
            {"Condition": expression(f"{IN}.older"), "Next": "Done"},
            {"Condition": expression(f"{IN}.newer"), "Next": "StillArriving"},
        ],
        "Default": "ListInput",
    }


def _list_input(partition: str, bucket: str, prefix: str) -> State:
    arguments = paged(
        literal({"Bucket": bucket, "Prefix": prefix, "MaxKeys": PAGE}),
        argument="ContinuationToken",
        following=f"{IN}.nextPage",
    )
    known = or_else(f"{IN}.content", "''")
    # The name and content of each object, so that what is overwritten is another input.
    output = (
        f"({_of_input(prefix)} "
        "$used := [$states.result.Contents[$number(Size) > 0 and $not($isNoInput(Key))]]; "
        "$page := $join($used.(Key & ' ' & ETag & ' ' & LastModified), ' '); "
        f"$merge([{{'content': $count($used) = 0 ? {known}"
        f" : $hash(({known}) & $page, 'SHA-256')}}, "
        f"{given('nextPage', '$states.result.NextContinuationToken')}]))"
    )
    return {
        **task(partition, "aws-sdk:s3:listObjectsV2"),
        "Arguments": expression(arguments),
        "Output": expression(output),
        "Retry": [retry(attempts=8)],
        "Next": "IsListed",
    }


def _is_listed() -> State:
    return {
        "Type": "Choice",
        "Choices": [
            {"Condition": expression(f"$exists({IN}.nextPage)"), "Next": "ListInput"},
            # What arrived is gone again.
            {"Condition": expression(f"{IN}.content = ''"), "Next": "Done"},
        ],
        "Default": "StartRun",
    }


def _start_run(partition: str, machine_arn: str, what: str, run_input: str) -> State:
    return {
        **task(partition, "aws-sdk:sfn:startExecution"),
        "Arguments": {
            "StateMachineArn": machine_arn,
            "Name": expression(f"'arrived-' & $substring($hash({what}, 'SHA-256'), 0, {_DIGITS})"),
            "Input": expression(run_input),
        },
        "Output": {},
        "Retry": [
            # Not again what is no failure: another execution has started the run.
            {"ErrorEquals": [_EXISTS], "MaxAttempts": 0},
            retry(attempts=8),
        ],
        "Catch": [{"ErrorEquals": [_EXISTS], "Output": {}, "Next": "Done"}],
        "Next": "Done",
    }
