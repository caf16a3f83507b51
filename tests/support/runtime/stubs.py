"""Real clients whose answers are written down, and whose requests botocore checks."""

from __future__ import annotations

import datetime
from typing import Any

from tests.support.runtime.aws import STACK

SERVICES = ("personalize", "s3", "stepfunctions", "cloudformation", "lambda")
NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def look_at_stack(stub: Any) -> None:
    stack = {"StackName": "shop", "CreationTime": NOW, "StackStatus": "CREATE_IN_PROGRESS"}
    stub.add_response("describe_stacks", {"Stacks": [stack]}, {"StackName": STACK})
    resource = {
        "LogicalResourceId": "Job",
        "ResourceType": "Custom::PersonalizeBatchInferenceJob",
        "LastUpdatedTimestamp": NOW,
        "ResourceStatus": "CREATE_IN_PROGRESS",
    }
    stub.add_response(
        "describe_stack_resource",
        {"StackResourceDetail": resource},
        {"StackName": STACK, "LogicalResourceId": "Job"},
    )
