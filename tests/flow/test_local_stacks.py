"""CloudFormation as the constructs rely on it: custom resources and wait conditions that end."""

# boto3 makes its clients at run time.
# ruff: noqa: ANN401

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

# Answers as its properties say: `Fail` names a request type, `Id` is the physical id, `Signal` is
# sent to `Handle`. Notes each request as a line of its log.
HANDLER = """
import json, time, urllib.request

def put(url, content):
    body = json.dumps(content).encode()
    urllib.request.urlopen(
        urllib.request.Request(url, body, {"Content-Type": ""}, method="PUT"), timeout=5)

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
SILENT = "import time\ndef handler(event, context):\n    time.sleep(60)\n"
BROKEN = "def handler(event, context)\n"
TRUST = {
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
                "ServiceTimeout": "2",
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

    def __init__(self, aws: Any) -> None:
        self.name = f"flow-{uuid.uuid4().hex[:8]}"
        self._client, self._logs = aws.client("cloudformation"), aws.client("logs")
        self._options = {"StackName": self.name, "Capabilities": ["CAPABILITY_IAM"]}
        self._id = ""

    def create(self, body: str) -> None:
        self._id = self._client.create_stack(TemplateBody=body, **self._options)["StackId"]

    def update(self, body: str) -> None:
        self._client.update_stack(TemplateBody=body, **self._options)

    def cancel_update(self) -> None:
        self._client.cancel_update_stack(StackName=self.name)

    def delete(self) -> None:
        self._client.delete_stack(StackName=self.name)

    def _status(self) -> str:
        found = self._client.describe_stacks(StackName=self._id)["Stacks"][0]
        return str(found["StackStatus"])

    def finished(self) -> str:
        """The status that the stack ends in."""
        deadline = time.monotonic() + 30
        while (status := self._status()).endswith("IN_PROGRESS"):
            assert time.monotonic() < deadline, status
            time.sleep(0.05)
        return status

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
        deadline = time.monotonic() + 30
        while (resource, status) not in [event[:2] for event in self.events()]:
            assert time.monotonic() < deadline, self.events()
            time.sleep(0.05)

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


@pytest.fixture
def stack(local_aws: Any) -> Iterator[Stack]:
    made = Stack(local_aws)
    yield made
    made.delete()


@pytest.mark.parametrize("code", [BROKEN, SILENT], ids=["cannot start", "never answers"])
def test_the_service_timeout_bounds_a_function_that_does_not_answer(
    stack: Stack, code: str
) -> None:
    started = time.monotonic()
    stack.create(template(code))
    # The Delete that follows a failed Create gets no answer either.
    assert stack.finished() == "ROLLBACK_FAILED"
    assert 4 <= time.monotonic() - started < 60
    assert "timed out after 2s" in stack.reason("Job")


def test_a_failed_create_is_deleted_by_the_id_it_answered_with(stack: Stack) -> None:
    stack.create(template(HANDLER, Fail="Create"))
    assert stack.finished() == "ROLLBACK_COMPLETE"
    assert stack.reason("Job") == "as told"
    assert stack.requests() == [["Create", None], ["Delete", "one"]]


def test_a_function_that_fails_before_it_answers_is_invoked_again(stack: Stack) -> None:
    # A file tells the second try from the first.
    once = (
        HANDLER
        + """
import pathlib, tempfile
answer = handler

def handler(event, context):
    tried = pathlib.Path(tempfile.gettempdir(), event["RequestId"])
    if not tried.exists():
        tried.touch()
        raise OSError("no answer")
    answer(event, context)
"""
    )
    stack.create(template(once, ServiceTimeout="20"))
    assert stack.finished() == "CREATE_COMPLETE"
    assert stack.requests() == [["Create", None]]


def test_each_update_waits_anew_and_a_failure_brings_the_old_properties_back(stack: Stack) -> None:
    stack.create(template(HANDLER, wait="A", Signal="SUCCESS"))
    assert stack.finished() == "CREATE_COMPLETE"
    stack.update(template(HANDLER, wait="B", Signal="SUCCESS", Id="two"))
    assert stack.finished() == "UPDATE_COMPLETE"
    stack.update(template(HANDLER, wait="C", Signal="FAILURE", Id="three"))
    assert stack.finished() == "UPDATE_ROLLBACK_COMPLETE"
    assert "'no users'" in stack.reason("WaitC")
    assert stack.requests() == [
        ["Create", None],
        ["Update", "one"],
        ["Delete", "one"],
        ["Update", "two"],
        ["Update", "three"],
        ["Delete", "three"],
    ]


def test_a_failure_signal_fails_the_stack_with_its_reason(stack: Stack) -> None:
    stack.create(template(HANDLER, wait="A", Signal="FAILURE"))
    assert stack.finished() == "ROLLBACK_COMPLETE"
    assert "'no users'" in stack.reason("WaitA")


def test_a_wait_without_signal_times_out(stack: Stack) -> None:
    stack.create(template(HANDLER, wait="A", timeout=1))
    assert stack.finished() == "ROLLBACK_COMPLETE"
    assert "timed out. Received 0" in stack.reason("WaitA")


def test_a_stack_that_waits_can_be_deleted(stack: Stack) -> None:
    stack.create(template(HANDLER, wait="A"))
    stack.reaches("WaitA", "CREATE_IN_PROGRESS")
    stack.delete()
    stack.reaches(stack.name, "DELETE_COMPLETE")
    assert stack.reason("WaitA") == "Resource creation cancelled"
    assert stack.requests() == [["Create", None], ["Delete", "one"]]


def test_an_update_that_waits_can_be_cancelled(stack: Stack) -> None:
    stack.create(template(HANDLER, wait="A", Signal="SUCCESS"))
    assert stack.finished() == "CREATE_COMPLETE"
    stack.update(template(HANDLER, wait="B", Id="two"))
    stack.reaches("WaitB", "UPDATE_IN_PROGRESS")
    stack.cancel_update()
    assert stack.finished() == "UPDATE_ROLLBACK_COMPLETE"
    assert (stack.name, "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated") in stack.events()
    assert stack.requests()[-2:] == [["Update", "two"], ["Delete", "two"]]
