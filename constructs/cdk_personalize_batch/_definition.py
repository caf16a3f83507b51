"""State machines as data, one function a state: Amazon States Language with JSONata."""

from __future__ import annotations

from typing import Any, Final

State = dict[str, Any]

# What a job says until it has ended: real ones answer with CREATE, the API reference is without it.
RUNNING: Final = ("CREATE PENDING", "CREATE IN_PROGRESS", "PENDING", "IN PROGRESS")
# A reason is handed on through a state's output, where 256 KB is the most; a wait condition takes
# less than 4 KB.
LONGEST_REASON: Final = 4000
_ASKED: Final = "$states.context.Execution.Input"


def waiter_definition(kind: str, *, partition: str, function_arn: str) -> State:
    """Returns the state machine that waits for the end of a job and has it signalled.

    It reads the job, without a Lambda function, until the job has ended or the time is over; then
    it calls the function, once. Every way through it ends in that call, because a deployment waits.

    Args:
        kind: ``BatchInferenceJob`` or ``BatchSegmentJob``.
        partition: The partition of ARNs.
        function_arn: The function that signals.
    """
    return {
        "Comment": f"Waits for the end of a {kind} and signals a CloudFormation wait condition",
        "QueryLanguage": "JSONata",
        "StartAt": "Describe",
        "States": {
            "Describe": _describe(kind, partition),
            "HasEnded": _has_ended(),
            "Wait": _wait(),
            "Signal": _signal(partition, function_arn),
        },
    }


def _describe(kind: str, partition: str) -> State:
    job = f"$states.result.{kind}"
    waited = (
        "$toMillis($states.context.State.EnteredTime)"
        " - $toMillis($states.context.Execution.StartTime)"
    )
    return {
        "Type": "Task",
        "Resource": f"arn:{partition}:states:::aws-sdk:personalize:describe{kind}",
        "Arguments": {f"{kind}Arn": expression(f"{_ASKED}.jobArn")},
        "Output": {
            "status": expression(f"{job}.Status"),
            "failureReason": expression(
                f"$exists({job}.FailureReason)"
                f" ? $substring({job}.FailureReason, 0, {LONGEST_REASON}) : ''"
            ),
            "waited": expression(f"$floor(({waited}) / 1000)"),
        },
        # All errors, because a policy that is not yet in force looks like one that is missing.
        "Retry": [retry(attempts=8)],
        "Catch": [
            {
                "ErrorEquals": ["States.ALL"],
                "Output": {
                    "status": "",
                    "unreadable": expression(
                        f"$substring($states.errorOutput.Cause, 0, {LONGEST_REASON})"
                    ),
                },
                "Next": "Signal",
            }
        ],
        "Next": "HasEnded",
    }


def _has_ended() -> State:
    running = ", ".join(f"'{status}'" for status in RUNNING)
    return {
        "Type": "Choice",
        "Choices": [
            # A status that is not known ends the wait as well: it is an error, not a reason to
            # go on for ever.
            {
                "Condition": expression(f"$not($states.input.status in [{running}])"),
                "Next": "Signal",
            },
            {
                "Condition": expression(f"$states.input.waited >= {_ASKED}.seconds"),
                "Output": {
                    "status": expression("$states.input.status"),
                    "timedOutAfterSeconds": expression(f"{_ASKED}.seconds"),
                },
                "Next": "Signal",
            },
        ],
        "Default": "Wait",
    }


def _wait() -> State:
    left = f"{_ASKED}.seconds - $states.input.waited"
    return {
        "Type": "Wait",
        "Seconds": expression(f"$max([1, $min([{_ASKED}.intervalSeconds, {left}])])"),
        "Next": "Describe",
    }


def _signal(partition: str, function_arn: str) -> State:
    asked = "{'handleUrl': %s.handleUrl, 'jobName': %s.jobName, 'jobArn': %s.jobArn}"
    return {
        "Type": "Task",
        "Resource": f"arn:{partition}:states:::lambda:invoke",
        "Arguments": {
            "FunctionName": function_arn,
            "Payload": {
                "Signal": expression(f"$merge([$states.input, {asked.replace('%s', _ASKED)}])")
            },
        },
        "Retry": [retry(attempts=5)],
        "End": True,
    }


def retry(*errors: str, attempts: int) -> State:
    """Returns a retrier that gives up after some minutes.

    Args:
        errors: The names of the errors. Default: - all.
        attempts: How often it tries again.
    """
    return {
        "ErrorEquals": list(errors or ("States.ALL",)),
        "IntervalSeconds": 2,
        "BackoffRate": 2,
        "MaxDelaySeconds": 60,
        "MaxAttempts": attempts,
        "JitterStrategy": "FULL",
    }


def expression(text: str) -> str:
    """Returns a JSONata expression as Amazon States Language writes it.

    Args:
        text: The expression.
    """
    return f"{{% {text} %}}"


def failure(error: str, problem: str) -> State:
    """Returns the output that leads to the end of a run as failed.

    Args:
        error: The name of the error.
        problem: The expression for the cause.
    """
    return {"error": error, "problem": expression(problem)}
