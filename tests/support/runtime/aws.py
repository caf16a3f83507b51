"""An AWS in memory: the calls of the job's runtime, with everything that can go wrong in them.

Each request is checked against botocore's model, as a real client would.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import Any

from personalize_batch_runtime import job
from personalize_batch_runtime._retry import Deadline
from tests.support.errors import refused
from tests.support.runtime.calls import Call, Calls
from tests.support.s3 import MemoryS3

ACCOUNT = "123456789012"
STACK = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/shop/7b1c"
SOLUTION = f"arn:aws:personalize:us-east-1:{ACCOUNT}:solution/shop"
VERSION = f"{SOLUTION}/v1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/personalize"
MACHINE = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:waiter"
LAMBDA_SECONDS = 600
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:runtime"


class FakeAws(Calls):
    """The services, the clock of an invocation, and who is answered.

    Attributes:
        pauses_left: How many pauses from now the stack is rolled back; None for never.
        made_unwanted: The jobs that were created after that.
    """

    def __init__(self) -> None:
        super().__init__()
        self.personalize = self.s3 = self.states = self.cloudformation = self.functions = self
        self.pauses_left: int | None = None
        self.made_unwanted: list[str] = []
        self.event_now = "Create"
        self.resource_status = ""
        self.jobs: dict[str, dict[str, Any]] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.versions = [{"solutionVersionArn": VERSION, "status": "ACTIVE", "creationDateTime": 1}]
        self.recipe = "aws-user-personalization-v2"
        self.memory = MemoryS3("in", "out", "assets", "copies")
        self.executions: dict[str, dict[str, Any]] = {}
        self.bodies: dict[str, list[dict[str, Any]]] = {}
        self._numbers = itertools.count(1)

    # The invocation ---------------------------------------------------------------------------

    def deliver(self, raw: Mapping[str, Any], *, seconds: float = LAMBDA_SECONDS) -> Any:
        """Invokes the function with an event, and with what it hands over to itself.

        Returns:
            The last body that the event's URL got.
        """
        events = [raw]
        while events:
            self.invoke_once(events.pop(0), seconds=seconds)
            events += self.take_handed_over()
        url = raw["ResponseURL"] if "ResponseURL" in raw else raw["Signal"]["handleUrl"]
        return self.bodies[url][-1]

    def invoke_once(self, raw: Mapping[str, Any], *, seconds: float = LAMBDA_SECONDS) -> None:
        """Invokes the function with an event."""
        self.start_clock()
        self.event_now = raw.get("RequestType", "Create")
        deadline = Deadline(
            lambda: int((seconds - self.seconds_used()) * 1000),
            sleep=self.sleep,
            now=self.seconds_in_all,
        )
        job.dispatch(raw, clients=self, deadline=deadline, put=self.put)  # type: ignore[arg-type]

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if self.pauses_left:
            self.pauses_left -= 1

    def put(self, url: str, body: bytes) -> None:
        with self._call("put", None):
            assert len(body) < 4096
            self.bodies.setdefault(url, []).append(json.loads(body))

    def event(
        self,
        request_type: str,
        properties: Mapping[str, Any],
        *,
        old: Mapping[str, Any] | None = None,
        physical_id: str | None = None,
    ) -> dict[str, Any]:
        """A custom resource event."""
        number = next(self._numbers)
        event = {
            "RequestType": request_type,
            "ResponseURL": f"https://answers.example/{number}?X-Amz-Signature=secret",
            "StackId": STACK,
            "RequestId": f"request-{number}",
            "LogicalResourceId": "Job",
            "ResourceProperties": dict(properties),
        }
        if old is not None:
            event["OldResourceProperties"] = dict(old)
        if physical_id is not None:
            event["PhysicalResourceId"] = physical_id
        return event

    def create(self, properties: Mapping[str, Any], **options: Any) -> Any:
        return self.deliver(self.event("Create", properties), **options)

    def update(self, properties: Mapping[str, Any], old: Mapping[str, Any], id: str) -> Any:
        return self.deliver(self.event("Update", properties, old=old, physical_id=id))

    def operations(self) -> list[str]:
        """The calls, but for the looks at the stack that come before each creation."""
        return [one for one, _ in self.calls if not one.startswith("DescribeStack")]

    def requests(self, operation: str) -> list[dict[str, Any]]:
        return [request for name, request in self.calls if name == operation]

    # Faults -----------------------------------------------------------------------------------

    def fail(self, operation: str, kind: str, times: int = 1) -> None:
        """Has the next calls of an operation fail."""
        self.faults += [(operation, kind)] * times

    def _call(self, operation: str, request: dict[str, Any] | None) -> Call:
        return Call(self, operation, request)

    # Personalize ------------------------------------------------------------------------------

    def _arn(self, resource: str, name: str) -> str:
        return f"arn:aws:personalize:us-east-1:{ACCOUNT}:{resource}/{name}"

    def _create_job(self, key: str, resource: str, operation: str, request: Any) -> Any:
        with self._call(operation, request):
            arn = self._arn(resource, request["jobName"])
            if arn in self.jobs:
                raise refused(operation, "ResourceAlreadyExistsException", 400, f"{arn} exists")
            described = {name: value for name, value in request.items() if name != "tags"}
            self.jobs[arn] = {**described, f"{key}Arn": arn, "status": "CREATE PENDING"}
            self.tags[arn] = {tag["tagKey"]: tag["tagValue"] for tag in request.get("tags", [])}
            if self.pauses_left == 0:
                self.made_unwanted.append(arn)
            return {f"{key}Arn": arn}

    def _describe_job(self, key: str, operation: str, request: Any) -> Any:
        with self._call(operation, request):
            arn = request[f"{key}Arn"]
            if arn not in self.jobs:
                raise refused(operation, "ResourceNotFoundException", 400, f"{arn} is unknown")
            return {key: dict(self.jobs[arn])}

    def create_batch_inference_job(self, **request: Any) -> Any:
        return self._create_job(
            "batchInferenceJob", "batch-inference-job", "CreateBatchInferenceJob", request
        )

    def create_batch_segment_job(self, **request: Any) -> Any:
        return self._create_job(
            "batchSegmentJob", "batch-segment-job", "CreateBatchSegmentJob", request
        )

    def describe_batch_inference_job(self, **request: Any) -> Any:
        return self._describe_job("batchInferenceJob", "DescribeBatchInferenceJob", request)

    def describe_batch_segment_job(self, **request: Any) -> Any:
        return self._describe_job("batchSegmentJob", "DescribeBatchSegmentJob", request)

    def list_solution_versions(self, **request: Any) -> Any:
        with self._call("ListSolutionVersions", request):
            start = int(request.get("nextToken", "0"))
            page = {"solutionVersions": self.versions[start : start + 2]}
            return {**page, "nextToken": str(start + 2)} if self.versions[start + 2 :] else page

    def describe_solution_version(self, **request: Any) -> Any:
        with self._call("DescribeSolutionVersion", request):
            for version in self.versions:
                if version["solutionVersionArn"] == request["solutionVersionArn"]:
                    recipe = f"arn:aws:personalize:::recipe/{self.recipe}"
                    return {"solutionVersion": {**version, "recipeArn": recipe}}
            raise refused("DescribeSolutionVersion", "ResourceNotFoundException", 400, "no version")

    def list_tags_for_resource(self, **request: Any) -> Any:
        with self._call("ListTagsForResource", request):
            tags = self.tags[request["resourceArn"]]
            return {"tags": [{"tagKey": key, "tagValue": tags[key]} for key in tags]}

    def tag_resource(self, **request: Any) -> Any:
        with self._call("TagResource", request):
            tags = {tag["tagKey"]: tag["tagValue"] for tag in request["tags"]}
            self.tags[request["resourceArn"]].update(tags)

    def untag_resource(self, **request: Any) -> Any:
        with self._call("UntagResource", request):
            for key in request["tagKeys"]:
                self.tags[request["resourceArn"]].pop(key, None)

    # S3 ---------------------------------------------------------------------------------------

    def copy_object(self, **request: Any) -> Any:
        with self._call("CopyObject", request):
            return self.memory.copy_object(**request)

    def list_objects_v2(self, **request: Any) -> Any:
        with self._call("ListObjectsV2", request):
            return self.memory.list_objects_v2(**request)

    def get_object(self, **request: Any) -> Any:
        with self._call("GetObject", request):
            return self.memory.get_object(**request)

    # CloudFormation and Lambda ----------------------------------------------------------------

    def describe_stacks(self, **request: Any) -> Any:
        with self._call("DescribeStacks", request):
            status = f"{self.event_now.upper()}_IN_PROGRESS"
            if self.pauses_left == 0:
                status = {"CREATE": "ROLLBACK", "UPDATE": "UPDATE_ROLLBACK"}[
                    self.event_now.upper()
                ] + "_IN_PROGRESS"
            return {"Stacks": [{"StackStatus": status}]}

    def describe_stack_resource(self, **request: Any) -> Any:
        with self._call("DescribeStackResource", request):
            status = self.resource_status or f"{self.event_now.upper()}_IN_PROGRESS"
            return {"StackResourceDetail": {"ResourceStatus": status}}

    def invoke(self, **request: Any) -> Any:
        with self._call("Invoke", request):
            assert (request["FunctionName"], request["InvocationType"]) == (FUNCTION, "Event")
            self.hand_over(json.loads(request["Payload"]))
            return {"StatusCode": 202}

    # Step Functions ---------------------------------------------------------------------------

    def start_execution(self, **request: Any) -> Any:
        with self._call("StartExecution", request):
            assert len(request["name"]) <= 80
            known = self.executions.get(request["name"])
            if known and not (known["running"] and known["input"] == request["input"]):
                raise refused("StartExecution", "ExecutionAlreadyExists", 400, "exists")
            self.executions.setdefault(
                request["name"], {"input": request["input"], "running": True}
            )
            return {}

    def end_wait(self, name: str) -> Any:
        """Does what the waiter does at its end: has the function signal the job's status."""
        execution = self.executions[name]
        waited = json.loads(execution["input"])
        found = self.jobs[waited["jobArn"]]
        signal = {key: waited[key] for key in ("handleUrl", "jobName", "jobArn")}
        signal["status"] = found["status"]
        if "failureReason" in found:
            signal["failureReason"] = found["failureReason"]
        body = self.deliver({"Signal": signal})
        execution["running"] = False
        return body
