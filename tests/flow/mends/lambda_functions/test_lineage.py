"""Loops of functions end as on AWS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.flow.functions import Function
from tests.support.flow.queues import Queue
from tests.support.flow.running_aws import RunningAws

SAYS = "import os\ndef handler(event, context):\n    return os.environ['_X_AMZN_TRACE_ID']\n"
AGAIN = """
import boto3, json, os

def handler(event, context):
    print("ran")
    place = os.environ.get("PLACE")
    if place is None:
        boto3.client("lambda").invoke(
            FunctionName=context.function_name, InvocationType="Event", Payload=json.dumps(event))
    elif place.startswith("arn:"):
        boto3.client("sns").publish(TopicArn=place, Message="again")
    else:
        boto3.client("s3").put_object(Bucket=place, Key="again", Body=b"")
"""
FORWARDS = """
const { Lambda } = require("@aws-sdk/client-lambda");
exports.handler = async ({ FunctionName }) => {
  const { Payload } = await new Lambda().invoke({ FunctionName, Payload: "{}" });
  return [process.env._X_AMZN_TRACE_ID, JSON.parse(Payload.transformToString())];
};
"""
ALL = {"Effect": "Allow", "Action": ["lambda:*", "s3:*", "sns:*", "sqs:*"], "Resource": "*"}
INVOKE = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}


def lineage(trace: str) -> dict[str, int]:
    counts = trace.partition("Lineage=")[2].split(";")[0].split("|")
    return {key: int(count) for key, _, count in (one.partition(":") for one in counts)}


def call_with(function: Function, trace: str) -> Any:
    """Invokes a function as one does that has this trace."""

    def add(params: dict[str, Any], **_: object) -> None:
        params["headers"]["X-Amzn-Trace-Id"] = trace

    events = function.client.meta.events
    events.register("before-call.lambda.Invoke", add)
    try:
        return function.result()
    finally:
        events.unregister("before-call.lambda.Invoke", add)


def test_a_chain_knows_how_often_each_function_ran(local_aws: RunningAws) -> None:
    one, other = Function(local_aws, SAYS), Function(local_aws, SAYS)
    first = one.result()
    (key,) = lineage(first)
    assert lineage(first) == {key: 1}
    assert lineage(call_with(one, first)) == {key: 2}
    both = lineage(call_with(other, first))
    assert sorted(both.values()) == [1, 1]
    assert key in both


def test_the_seventeenth_run_in_a_chain_is_refused(local_aws: RunningAws) -> None:
    one, other = Function(local_aws, SAYS), Function(local_aws, SAYS)
    (key,) = lineage(one.result())
    assert lineage(call_with(one, f"Root=1-0-0;Lineage={key}:15")) == {key: 16}
    full = f"Root=1-0-0;Lineage={key}:16"
    with pytest.raises(ClientError) as refused:
        call_with(one, full)
    assert refused.value.response["Error"]["Code"] == "RecursiveInvocationException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    # Another one is not in the loop.
    assert lineage(call_with(other, full))[key] == 16
    one.client.put_function_recursion_config(FunctionName=one.name, RecursiveLoop="Allow")
    assert lineage(call_with(one, full)) == {key: 17}


def through_sns(aws: RunningAws, function: Function) -> str:
    sns = aws.client("sns")
    topic = str(sns.create_topic(Name=function.name)["TopicArn"])
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function.arn)
    return topic


def through_s3(aws: RunningAws, function: Function) -> str:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=function.name)
    told = {"LambdaFunctionArn": function.arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=function.name,
        NotificationConfiguration={"LambdaFunctionConfigurations": [told]},
    )
    return function.name


@pytest.mark.parametrize("through", [None, through_sns, through_s3])
def test_a_function_that_leads_to_itself_is_stopped(
    local_aws: RunningAws, queue: Queue, through: Callable[[RunningAws, Function], str] | None
) -> None:
    dead = {"TargetArn": queue.arn}
    function = Function(local_aws, AGAIN, ALL, DeadLetterConfig=dead)
    for service in ("sns", "s3"):
        function.allow(service)
    if through is not None:
        place = {"PLACE": through(local_aws, function)}
        function.client.update_function_configuration(
            FunctionName=function.name, Environment={"Variables": place}
        )
    function.start({"user": 1})
    queue.message()
    assert function.log().count("ran") == 16


def test_node_functions_pass_the_lineage_on(local_aws: RunningAws) -> None:
    says = Function(local_aws, SAYS)
    first, second = Function(local_aws, FORWARDS, INVOKE, runtime="nodejs22.x").result(
        {"FunctionName": says.name}
    )
    assert sorted(lineage(second).values()) == [1, 1]
    assert lineage(first).items() <= lineage(second).items()
    assert first.split(";")[0] == second.split(";")[0]
