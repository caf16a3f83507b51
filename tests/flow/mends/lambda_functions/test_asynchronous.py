"""Asynchronous invocations: how often a function runs, and what follows."""

from __future__ import annotations

import json
from typing import Any

from tests.support.flow.functions import Function
from tests.support.flow.queues import Queue
from tests.support.flow.running_aws import RunningAws
from tests.support.waiting import wait_for

RUNS = """
import time

def handler(event, context):
    print("ran", context.aws_request_id)
    time.sleep(event.get("seconds", 0))
    if event.get("fails", True):
        raise LookupError("as told")
    return "done"
"""
SEND = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}


def destined(function: Function, queue: Queue, **settings: Any) -> None:
    function.client.put_function_event_invoke_config(
        FunctionName=function.name,
        DestinationConfig={
            "OnFailure": {"Destination": queue.arn},
            "OnSuccess": {"Destination": queue.arn},
        },
        **settings,
    )


def runs(function: Function) -> list[str]:
    """The request ids that it ran with."""
    return [line.split()[1] for line in function.log() if line.startswith("ran ")]


def test_a_function_that_fails_runs_three_times_with_one_id(
    local_aws: RunningAws, queue: Queue
) -> None:
    function = Function(local_aws, RUNS, SEND, DeadLetterConfig={"TargetArn": queue.arn})
    function.start({"user": 1})
    message = queue.message()
    ids = runs(function)
    assert (len(ids), len(set(ids))) == (3, 1)
    assert json.loads(message["Body"]) == {"user": 1}
    attributes = message["MessageAttributes"]
    assert {name: one["StringValue"] for name, one in attributes.items()} == {
        "RequestID": ids[0],
        "ErrorCode": "200",
        "ErrorMessage": "as told",
    }


def test_the_record_of_a_failure(local_aws: RunningAws, queue: Queue) -> None:
    function = Function(local_aws, RUNS, SEND)
    destined(function, queue, MaximumRetryAttempts=0)
    function.start({"user": 1})
    record = queue.record()
    (request_id,) = runs(function)
    assert record["version"] == "1.0"
    assert record["timestamp"].endswith("Z")
    assert record["requestContext"] == {
        "requestId": request_id,
        "functionArn": f"{function.arn}:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 1,
    }
    assert record["requestPayload"] == {"user": 1}
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert record["responsePayload"]["errorType"] == "LookupError"
    assert record["responsePayload"]["requestId"] == request_id


def test_the_record_of_a_success(local_aws: RunningAws, queue: Queue) -> None:
    function = Function(local_aws, RUNS, SEND)
    destined(function, queue)
    function.start({"fails": False})
    record = queue.record()
    assert record["requestContext"]["condition"] == "Success"
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}
    assert record["responsePayload"] == "done"


def test_an_event_gets_too_old_for_the_next_attempt(local_aws: RunningAws, queue: Queue) -> None:
    function = Function(local_aws, RUNS, SEND)
    # The next attempt would be after a minute.
    destined(function, queue, MaximumEventAgeInSeconds=60)
    function.start({})
    context = queue.record()["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("EventAgeExceeded", 1)


def test_a_throttled_event_waits_and_does_not_count(local_aws: RunningAws, queue: Queue) -> None:
    function = Function(local_aws, RUNS, SEND)
    destined(function, queue, MaximumRetryAttempts=0)
    function.client.put_function_concurrency(
        FunctionName=function.name, ReservedConcurrentExecutions=1
    )
    function.start({"fails": False, "seconds": 3})
    function.start({"fails": False})
    records = [queue.record() for _ in range(2)]
    assert [one["requestContext"]["condition"] for one in records] == ["Success", "Success"]
    assert len(set(runs(function))) == 2


def test_a_function_without_concurrency_drops_its_events(
    local_aws: RunningAws, queue: Queue
) -> None:
    function = Function(local_aws, RUNS, SEND, DeadLetterConfig={"TargetArn": queue.arn})
    function.client.put_function_concurrency(
        FunctionName=function.name, ReservedConcurrentExecutions=0
    )
    function.start({"user": 1})
    assert json.loads(queue.message()["Body"]) == {"user": 1}
    assert runs(function) == []


def test_the_role_of_the_function_needs_the_right_to_send(
    local_aws: RunningAws, queue: Queue
) -> None:
    without = Function(local_aws, RUNS, DeadLetterConfig={"TargetArn": queue.arn})
    destined(without, queue, MaximumRetryAttempts=0)
    without.start({"user": "without"})
    wait_for(lambda: f"{without.name} could not send to {queue.arn}" in log_of(local_aws))


def log_of(aws: RunningAws) -> str:
    return aws.local_aws.log.read_text(encoding="utf-8")


def test_what_eventbridge_sends_is_tried_again(local_aws: RunningAws, queue: Queue) -> None:
    function = Function(local_aws, RUNS, SEND, DeadLetterConfig={"TargetArn": queue.arn})
    events = local_aws.client("events")
    events.put_rule(Name=function.name, EventPattern=json.dumps({"source": [function.name]}))
    events.put_targets(Rule=function.name, Targets=[{"Id": "1", "Arn": function.arn}])
    function.allow("events")
    events.put_events(Entries=[{"Source": function.name, "DetailType": "x", "Detail": "{}"}])
    assert json.loads(queue.message()["Body"])["source"] == function.name
    assert len(runs(function)) == 3


def test_what_sns_sends_is_tried_again(local_aws: RunningAws, queue: Queue) -> None:
    function = Function(local_aws, RUNS, SEND, DeadLetterConfig={"TargetArn": queue.arn})
    sns = local_aws.client("sns")
    topic = sns.create_topic(Name=function.name)["TopicArn"]
    function.allow("sns")
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function.arn)
    sns.publish(TopicArn=topic, Message="text")
    assert json.loads(queue.message()["Body"])["Records"][0]["Sns"]["Message"] == "text"
    assert len(runs(function)) == 3
