"""The state machine that waits for the end of a job and has it signalled."""

from __future__ import annotations

from typing import Final

from cdk_personalize_batch.request.kind import JobKind
from cdk_personalize_batch.states.language import (
    ELAPSED,
    IN,
    LONGEST_REASON,
    State,
    expression,
    is_running,
    or_else,
    pause,
    retry,
    task,
)

_ASKED: Final = "$states.context.Execution.Input"


def waiter_definition(kind: JobKind, *, partition: str, function_arn: str) -> State:
    """Returns the state machine that waits for the end of a job and has it signalled.

    It reads the job, without a Lambda function, until the job has ended or the time is over; then
    it calls the function, once. Every way through it ends in that call, because a deployment waits.
    """
    return {
        "Comment": (
            f"Waits for the end of a {kind.name} and signals a CloudFormation wait condition"
        ),
        "QueryLanguage": "JSONata",
        "StartAt": "Describe",
        "States": {
            "Describe": _describe(kind, partition),
            "HasEnded": _has_ended(),
            "Wait": _wait(),
            "Signal": _signal(partition, function_arn),
        },
    }


def _describe(kind: JobKind, partition: str) -> State:
    job = f"$states.result.{kind.name}"
    reason = f"{job}.FailureReason"
    return {
        **task(partition, f"aws-sdk:personalize:describe{kind.name}"),
        "Arguments": {f"{kind.name}Arn": expression(f"{_ASKED}.jobArn")},
        "Output": {
            "status": expression(f"{job}.Status"),
            "failureReason": expression(
                or_else(reason, "''", used=f"$substring({reason}, 0, {LONGEST_REASON})")
            ),
            "waited": expression(ELAPSED),
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
    return {
        "Type": "Choice",
        "Choices": [
            # A status that is not known ends the wait as well: it is an error, not a reason to
            # go on for ever.
            {
                "Condition": expression(f"$not({is_running(f'{IN}.status')})"),
                "Next": "Signal",
            },
            {
                "Condition": expression(f"{IN}.waited >= {_ASKED}.seconds"),
                "Output": {
                    "status": expression(f"{IN}.status"),
                    "timedOutAfterSeconds": expression(f"{_ASKED}.seconds"),
                },
                "Next": "Signal",
            },
        ],
        "Default": "Wait",
    }


def _wait() -> State:
    left = f"{_ASKED}.seconds - {IN}.waited"
    return {
        "Type": "Wait",
        "Seconds": expression(f"$max([1, $min([{pause(f'{_ASKED}.intervalSeconds')}, {left}])])"),
        "Next": "Describe",
    }


def _signal(partition: str, function_arn: str) -> State:
    asked = "{'handleUrl': %s.handleUrl, 'jobName': %s.jobName, 'jobArn': %s.jobArn}"
    return {
        **task(partition, "lambda:invoke"),
        "Arguments": {
            "FunctionName": function_arn,
            "Payload": {"Signal": expression(f"$merge([{IN}, {asked.replace('%s', _ASKED)}])")},
        },
        "Retry": [retry(attempts=5)],
        "End": True,
    }
