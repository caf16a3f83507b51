"""Sends what became of asynchronous invocations to where a function wants it.

MiniStack has no destination for successes, asks no policy, leaves out half of the record, and sends
it to a dead-letter queue too, which gets the event.
"""

from __future__ import annotations

import json
import logging
import os
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from ministack.core import lambda_runtime

from personalize_local.emulator.mends.lambda_functions import aws_sdk

_SUCCESS: Final = "Success"
_LATEST: Final = "$LATEST"
_LONGEST_TEXT: Final = 1024

logger = logging.getLogger("lambda")

_Json = dict[str, Any]


class Outcome(NamedTuple):
    """What became of an event.

    Attributes:
        condition: Why there is no further attempt, in the words of an invocation record.
        invocations: How often the function ran.
        result: What it answered last; None where it did not run.
        request_id: The id of all attempts.
    """

    condition: str
    invocations: int
    result: Mapping[str, Any] | None
    request_id: str


def name_and_qualifier(config: Mapping[str, Any]) -> tuple[str, str | None]:
    """Returns the name of a function, and the version or alias it was invoked by.

    Args:
        config: Its configuration, with the ARN that was invoked.
    """
    parts = config["FunctionArn"].split(":")
    return parts[6], parts[7] if len(parts) > 7 else None


def send(
    config: Mapping[str, Any], settings: Mapping[str, Any], event: object, outcome: Outcome
) -> None:
    """Sends an outcome on.

    Args:
        config: The function's configuration.
        settings: What is set for its asynchronous invocations.
        event: The event.
        outcome: What became of it.
    """
    kind = "OnSuccess" if outcome.condition == _SUCCESS else "OnFailure"
    wanted = (settings.get("DestinationConfig") or {}).get(kind) or {}
    if arn := wanted.get("Destination"):
        _try(config, arn, json.dumps(_record(config, event, outcome)), {}, outcome)
    queue = (config.get("DeadLetterConfig") or {}).get("TargetArn")
    if queue and outcome.condition != _SUCCESS:
        _try(config, queue, json.dumps(event), _attributes(outcome), outcome)


def _record(config: Mapping[str, Any], event: object, outcome: Outcome) -> _Json:
    name_end = "" if name_and_qualifier(config)[1] else f":{_LATEST}"
    record: _Json = {
        "version": "1.0",
        "timestamp": _now().replace("+00:00", "Z"),
        "requestContext": {
            "requestId": outcome.request_id,
            "functionArn": f"{config['FunctionArn']}{name_end}",
            "condition": outcome.condition,
            "approximateInvokeCount": outcome.invocations,
        },
        "requestPayload": event,
    }
    if outcome.result is not None:
        version = config.get("Version", _LATEST)
        record["responseContext"] = {"statusCode": 200, "executedVersion": version}
        if outcome.result.get("error"):
            error = outcome.result.get("function_error") or "Unhandled"
            record["responseContext"]["functionError"] = error
        record["responsePayload"] = outcome.result.get("body")
    return record


def _attributes(outcome: Outcome) -> _Json:
    body = (outcome.result or {}).get("body")
    text = body.get("errorMessage", "") if isinstance(body, dict) else ""
    attributes = {
        "RequestID": ("String", outcome.request_id),
        "ErrorCode": ("Number", "200" if outcome.invocations else "429"),
        "ErrorMessage": ("String", (text or outcome.condition)[:_LONGEST_TEXT]),
    }
    return {
        name: {"DataType": kind, "StringValue": value} for name, (kind, value) in attributes.items()
    }


def _try(
    config: Mapping[str, Any], arn: str, body: str, attributes: _Json, outcome: Outcome
) -> None:
    try:
        _send(config, arn, body, attributes, outcome)
    except (BotoCoreError, ClientError) as error:
        logger.warning("%s could not send to %s: %s", config["FunctionName"], arn, error)


def _send(
    config: Mapping[str, Any], arn: str, body: str, attributes: _Json, outcome: Outcome
) -> None:
    _, _, service, region, account, name = arn.split(":", 5)
    # As the function's role, whose policies AWS asks.
    keys = lambda_runtime.execution_credentials(config)
    client = aws_sdk.client_of(
        service,
        region or config["FunctionArn"].split(":")[3],
        keys["AWS_ACCESS_KEY_ID"],
        keys["AWS_SECRET_ACCESS_KEY"],
        keys["AWS_SESSION_TOKEN"],
    )
    match service:
        case "sqs":
            url = f"{os.environ['AWS_ENDPOINT_URL']}/{account}/{name}"
            client.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes)
        case "sns":
            client.publish(TopicArn=arn, Message=body, MessageAttributes=attributes)
        case "lambda":
            client.invoke(FunctionName=arn, InvocationType="Event", Payload=body.encode())
        case "events":
            result = "Success" if outcome.condition == _SUCCESS else "Failure"
            client.put_events(
                Entries=[
                    {
                        "Source": "lambda",
                        "DetailType": f"Lambda Function Invocation Result - {result}",
                        "Detail": body,
                        "Resources": [arn, config["FunctionArn"]],
                        "EventBusName": arn,
                    }
                ]
            )
        case "s3":
            now = datetime.now(UTC)
            day = now.strftime("%Y/%m/%d/%Y-%m-%dT%H.%M.%S")
            key = f"aws/lambda/async/{config['FunctionName']}/{day}-{uuid.uuid4()}"
            client.put_object(Bucket=name, Key=key, Body=body.encode())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
