"""Stacks of CloudFormation with one custom resource, and what becomes of them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any, Final

from tests.support.flow.running_aws import RunningAws
from tests.support.waiting import wait_for

# Answers as its properties say: `Fail` names a request type, `Id` is the physical id, `Signal` is
# sent to `Handle`. Notes each request as a line of its log.
HANDLER: Final = """
import json, time, urllib.request

def put(url, content):
    body = json.dumps(content).encode()
    urllib.request.urlopen(
        urllib.request.Request(url, body, {"Content-Type": ""}, method="PUT"), timeout=60)

def handler(event, context):
    told = event["ResourceProperties"]
    print(json.dumps(["noted", time.time(), event["RequestType"], event.get("PhysicalResourceId")]))
    answer = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    failed = told.get("Fail") == event["RequestType"]
    status = "FAILED" if failed else "SUCCESS"
    put(event["ResponseURL"], {
        **answer, "Status": status, "Reason": "as told", "PhysicalResourceId": told["Id"]})
    if event["RequestType"] != "Delete" and "Signal" in told:
        put(told["Handle"], {"Status": told["Signal"], "UniqueId": "1", "Reason": "no users"})
"""
# Answers only when it is told that it is to be "one"; another one waits.
WAITS_FOR_ANOTHER: Final = """
import json, time, urllib.request

def handler(event, context):
    told = event["ResourceProperties"]
    if event["RequestType"] != "Delete" and told["Id"] != "one":
        return
    answer = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    body = json.dumps({**answer, "Status": "SUCCESS", "PhysicalResourceId": "one"}).encode()
    urllib.request.urlopen(
        urllib.request.Request(event["ResponseURL"], body, {"Content-Type": ""}, method="PUT"))
"""
TRUST: Final = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def template(code: str, *, wait: str = "", timeout: int = 30, **told: str) -> str:
    resources: dict[str, Any] = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}},
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": {"Ref": "AWS::StackName"},
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Timeout": 300,
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Code": {"ZipFile": code},
            },
        },
        "Job": {
            "Type": "Custom::Job",
            "Properties": {
                "ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]},
                "ServiceTimeout": "300",
                "Id": "one",
                **told,
            },
        },
    }
    if wait:
        handle = f"Handle{wait}"
        resources["Job"]["Properties"]["Handle"] = {"Ref": handle}
        resources[handle] = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
        resources[f"Wait{wait}"] = {
            "Type": "AWS::CloudFormation::WaitCondition",
            "DependsOn": "Job",
            "Properties": {"Handle": {"Ref": handle}, "Timeout": str(timeout)},
        }
    return json.dumps({"Resources": resources})


class Stack:
    """One stack of one test."""

    def __init__(self, aws: RunningAws) -> None:
        self.name = f"flow-{uuid.uuid4().hex[:8]}"
        self._client, self._logs = aws.client("cloudformation"), aws.client("logs")
        self._options = {"StackName": self.name, "Capabilities": ["CAPABILITY_NAMED_IAM"]}
        self._id = ""

    def create(self, body: str) -> None:
        self._id = self._client.create_stack(TemplateBody=body, **self._options)["StackId"]

    def update(self, body: str) -> None:
        self._client.update_stack(TemplateBody=body, **self._options)

    def make(self, resources: Mapping[str, Any], **sections: object) -> str:
        """Creates the stack, or updates it, and waits; answers the status that it ends in."""
        body = json.dumps({"Resources": resources, **sections})
        if self._id:
            self.update(body)
        else:
            self.create(body)
        return self.finished()

    def cancel_update(self) -> None:
        self._client.cancel_update_stack(StackName=self.name)

    def delete(self) -> None:
        self._client.delete_stack(StackName=self.name)

    def described(self) -> dict[str, Any]:
        """The stack as DescribeStacks answers."""
        return dict(self._client.describe_stacks(StackName=self._id)["Stacks"][0])

    def outputs(self) -> dict[str, str]:
        return {one["OutputKey"]: one["OutputValue"] for one in self.described()["Outputs"]}

    def physical_id(self, resource: str) -> str:
        answer = self._client.describe_stack_resource(
            StackName=self._id, LogicalResourceId=resource
        )
        return str(answer["StackResourceDetail"]["PhysicalResourceId"])

    def resource_status(self, resource: str) -> str:
        answer = self._client.describe_stack_resource(
            StackName=self._id, LogicalResourceId=resource
        )
        return str(answer["StackResourceDetail"]["ResourceStatus"])

    def _status(self) -> str:
        return str(self.described()["StackStatus"])

    def finished(self) -> str:
        """The status that the stack ends in."""
        return wait_for(self._status, lambda status: not status.endswith("IN_PROGRESS"))

    def events(self) -> list[tuple[str, str, str]]:
        """Resource, status and reason, oldest first."""
        found = self._client.describe_stack_events(StackName=self._id)["StackEvents"]
        return [
            (
                one["LogicalResourceId"],
                one["ResourceStatus"],
                one.get("ResourceStatusReason", ""),
            )
            for one in reversed(found)
        ]

    def reaches(self, resource: str, status: str) -> None:
        wait_for(self.events, lambda events: (resource, status) in [event[:2] for event in events])

    def reason(self, resource: str) -> str:
        """Why a resource failed."""
        (found,) = [
            reason
            for name, status, reason in self.events()
            if name == resource and status in ("CREATE_FAILED", "UPDATE_FAILED")
        ]
        return found

    def requests(self) -> list[list[str | None]]:
        """The request types that the function got, with the physical ids."""
        group = f"/aws/lambda/{self.name}"
        events = self._logs.filter_log_events(logGroupName=group, filterPattern="noted")["events"]
        # Sorted by the function's own clock: the logs of two workers can arrive in another order.
        noted = sorted(json.loads(event["message"])[1:] for event in events)
        return [request for _, *request in noted]
