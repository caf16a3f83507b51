"""The state machines that start a run when input arrives, as data, one function a state."""

from __future__ import annotations

from typing import Final

from cdk_personalize_batch._definition import State, expression, retry

_PAGE: Final = 250
_DIGITS: Final = 32

_IN: Final = "$states.input"
_EXISTS: Final = "Sfn.ExecutionAlreadyExistsException"


def arrival_definition(
    *, partition: str, machine_arn: str, bucket: str, prefix: str, quiet_seconds: int
) -> State:
    """Returns the state machine that starts one run for all that arrives together.

    Args:
        partition: The partition of ARNs.
        machine_arn: The state machine of the workflow.
        bucket: The bucket of the input.
        prefix: What the keys of the input begin with.
        quiet_seconds: How long nothing must arrive.
    """
    # Of the newest object of the input: two that look at the same input name the same run.
    newest = f"{_IN}.newest & ' ' & $string({_IN}.objects)"
    return {
        "Comment": "Starts an Amazon Personalize batch workflow when its input has arrived",
        "QueryLanguage": "JSONata",
        "StartAt": "BeQuiet",
        "States": {
            "BeQuiet": {"Type": "Wait", "Seconds": quiet_seconds, "Next": "ListRunning"},
            "ListRunning": _list_running(partition),
            "IsOldest": _is_oldest(),
            "ListInput": _list_input(partition, bucket, prefix),
            "IsQuiet": _is_quiet(quiet_seconds),
            "StillArriving": {"Type": "Wait", "Seconds": quiet_seconds, "Next": "ListInput"},
            "StartRun": _start_run(partition, machine_arn, newest, "'{}'"),
            "Done": {"Type": "Succeed", "Output": {}},
        },
    }


def success_definition(*, partition: str, machine_arn: str) -> State:
    """Returns the state machine that starts a run over the folder of an object.

    Args:
        partition: The partition of ARNs.
        machine_arn: The state machine of the workflow.
    """
    found = f"{_IN}.detail.object"
    # An event can be delivered twice; another version of the object is another upload.
    version = f"{found}.key & ' ' & {found}.sequencer"
    folder = f"$replace({found}.key, /[^\\/]+$/, '')"
    uri = f"'s3://' & {_IN}.detail.bucket.name & '/' & {folder}"
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


def _list_running(partition: str) -> State:
    arguments = (
        "$merge([{'StateMachineArn': $states.context.StateMachine.Id, 'StatusFilter': 'RUNNING'}, "
        f"$exists({_IN}.nextRunning) ? {{'NextToken': {_IN}.nextRunning}}])"
    )
    listed = "$join([$states.result.Executions.ExecutionArn], ' ') & ' '"
    own = "$states.context.Execution.Id & ' '"
    output = (
        f"($listed := {listed}; $more := $states.result.NextToken; "
        f"$found := $contains($listed, {own}); "
        # The list has the newest first, so what follows this execution has started earlier.
        f"$older := $found and ($exists($more) or $substringAfter($listed, {own}) != ''); "
        "$merge([{'older': $older}, $exists($more) and $not($found) ? {'nextRunning': $more}]))"
    )
    return {
        "Type": "Task",
        "Resource": f"arn:{partition}:states:::aws-sdk:sfn:listExecutions",
        "Arguments": expression(arguments),
        "Output": expression(output),
        "Retry": [retry(attempts=8)],
        "Next": "IsOldest",
    }


def _is_oldest() -> State:
    return {
        "Type": "Choice",
        "Choices": [
            {"Condition": expression(f"$exists({_IN}.nextRunning)"), "Next": "ListRunning"},
            {"Condition": expression(f"{_IN}.older"), "Next": "Done"},
        ],
        "Default": "ListInput",
    }


def _list_input(partition: str, bucket: str, prefix: str) -> State:
    arguments = (
        f'$merge([{{"Bucket": "{bucket}", "Prefix": "{prefix}", "MaxKeys": {_PAGE}}}, '
        f"$exists({_IN}.nextPage) ? {{'ContinuationToken': {_IN}.nextPage}}])"
    )
    objects = "$states.result.Contents"
    before = f"{_IN}.nextPage and $exists({_IN}.newest)"
    output = (
        f"($page := [{objects}.LastModified, {before} ? {_IN}.newest]; "
        f"$merge([{{'newest': $count($page) > 0 ? $sort($page)[-1] : '', "
        f"'objects': ({before} ? {_IN}.objects : 0) + $count({objects})}}, "
        "$exists($states.result.NextContinuationToken)"
        " ? {'nextPage': $states.result.NextContinuationToken}]))"
    )
    return {
        "Type": "Task",
        "Resource": f"arn:{partition}:states:::aws-sdk:s3:listObjectsV2",
        "Arguments": expression(arguments),
        "Output": expression(output),
        "Retry": [retry(attempts=8)],
        "Next": "IsQuiet",
    }


def _is_quiet(quiet_seconds: int) -> State:
    age = f"$toMillis($states.context.State.EnteredTime) - $toMillis({_IN}.newest)"
    return {
        "Type": "Choice",
        "Choices": [
            {"Condition": expression(f"$exists({_IN}.nextPage)"), "Next": "ListInput"},
            # What arrived is gone again.
            {"Condition": expression(f"{_IN}.newest = ''"), "Next": "Done"},
            {"Condition": expression(f"{age} >= {quiet_seconds * 1000}"), "Next": "StartRun"},
        ],
        "Default": "StillArriving",
    }


def _start_run(partition: str, machine_arn: str, what: str, run_input: str) -> State:
    return {
        "Type": "Task",
        "Resource": f"arn:{partition}:states:::aws-sdk:sfn:startExecution",
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
