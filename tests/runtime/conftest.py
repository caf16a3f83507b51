"""An AWS in memory: the calls of the job's runtime, with everything that can go wrong in them.

Each request is checked against botocore's model, as a real client would.
"""

# The handlers' own objects are untyped.
# ruff: noqa: ANN401

from __future__ import annotations

import functools
import io
import itertools
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from botocore.validate import ParamValidator

from personalize_batch_runtime import job
from personalize_batch_runtime._retry import Deadline

ACCOUNT = "123456789012"
STACK = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/shop/7b1c"
SOLUTION = f"arn:aws:personalize:us-east-1:{ACCOUNT}:solution/shop"
VERSION = f"{SOLUTION}/v1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/personalize"
MACHINE = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:waiter"
LAMBDA_SECONDS = 600

# What a fault raises, and whether the call has its effect first.
FAULTS: dict[str, tuple[str, int, str]] = {
    "throttle": ("ThrottlingException", 400, "Rate exceeded"),
    "error-before": ("InternalFailure", 500, "no"),
    "error-after": ("InternalFailure", 500, "no"),
    "denied": ("AccessDeniedException", 400, "not authorized to perform"),
    "role-unseen": ("InvalidInputException", 400, "Unable to assume the role"),
    "limit": ("LimitExceededException", 400, "More than 5 resources with PENDING status"),
    "in-use": ("ResourceInUseException", 400, "The solution is being updated"),
}


class Killed(BaseException):
    """The Lambda function's process is gone."""


class FakeAws:
    """Personalize, S3 and Step Functions, the clock of an invocation, and who is answered."""

    def __init__(self) -> None:
        self.personalize = self.s3 = self.states = self
        self.jobs: dict[str, dict[str, Any]] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.versions = [{"solutionVersionArn": VERSION, "status": "ACTIVE", "creationDateTime": 1}]
        self.recipe = "aws-user-personalization-v2"
        self.objects: dict[tuple[str, str], bytes] = {}
        self.sizes: dict[tuple[str, str], int] = {}
        self.executions: dict[str, dict[str, Any]] = {}
        self.bodies: dict[str, list[dict[str, Any]]] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.faults: list[tuple[str, str]] = []
        self.kill_at: tuple[int, bool] | None = None
        self.step: Callable[[], None] = lambda: None
        self.call_seconds = 0.1
        self.slept: list[float] = []
        self._clock = threading.local()
        self._numbers = itertools.count(1)

    # The invocation ---------------------------------------------------------------------------

    def deliver(self, raw: Mapping[str, Any], *, seconds: float = LAMBDA_SECONDS) -> Any:
        """Invokes the function with an event and returns the last body that its URL got."""
        self._clock.now = 0.0
        deadline = Deadline(
            lambda: int((seconds - self._clock.now) * 1000),
            sleep=self._sleep,
        )
        job.dispatch(raw, clients=self, deadline=deadline, put=self.put)  # type: ignore[arg-type]
        url = raw["ResponseURL"] if "ResponseURL" in raw else raw["Signal"]["handleUrl"]
        return self.bodies[url][-1]

    def put(self, url: str, body: bytes) -> None:
        with self._call("put", None):
            assert len(body) < 4096
            self.bodies.setdefault(url, []).append(json.loads(body))

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._clock.now += seconds

    def seconds_used(self) -> float:
        return float(self._clock.now)

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
        return [operation for operation, _ in self.calls]

    def requests(self, operation: str) -> list[dict[str, Any]]:
        return [request for name, request in self.calls if name == operation]

    # Faults -----------------------------------------------------------------------------------

    def fail(self, operation: str, kind: str, times: int = 1) -> None:
        """Has the next calls of an operation fail."""
        self.faults += [(operation, kind)] * times

    def _call(self, operation: str, request: dict[str, Any] | None) -> _Call:
        return _Call(self, operation, request)

    def tick(self) -> None:
        self._clock.now += self.call_seconds

    def take_fault(self, operation: str) -> str | None:
        for fault in self.faults:
            if fault[0] in (operation, "*"):
                self.faults.remove(fault)
                return fault[1]
        return None

    # Personalize ------------------------------------------------------------------------------

    def _arn(self, resource: str, name: str) -> str:
        return f"arn:aws:personalize:us-east-1:{ACCOUNT}:{resource}/{name}"

    def _create_job(self, key: str, resource: str, operation: str, request: Any) -> Any:
        with self._call(operation, request):
            arn = self._arn(resource, request["jobName"])
            if arn in self.jobs:
                raise error("ResourceAlreadyExistsException", 400, f"{arn} exists", operation)
            described = {name: value for name, value in request.items() if name != "tags"}
            self.jobs[arn] = {**described, f"{key}Arn": arn, "status": "CREATE PENDING"}
            self.tags[arn] = {tag["tagKey"]: tag["tagValue"] for tag in request.get("tags", [])}
            return {f"{key}Arn": arn}

    def _describe_job(self, key: str, operation: str, request: Any) -> Any:
        with self._call(operation, request):
            arn = request[f"{key}Arn"]
            if arn not in self.jobs:
                raise error("ResourceNotFoundException", 400, f"{arn} is unknown", operation)
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
            raise error("ResourceNotFoundException", 400, "no version", "DescribeSolutionVersion")

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
            content = self._object("CopyObject", **request["CopySource"])
            self.objects[request["Bucket"], request["Key"]] = content
            return {}

    def list_objects_v2(self, **request: Any) -> Any:
        with self._call("ListObjectsV2", request):
            keys = sorted(
                key
                for bucket, key in self.objects
                if bucket == request["Bucket"] and key.startswith(request["Prefix"])
            )
            start = int(request.get("ContinuationToken", "0"))
            end = start + request["MaxKeys"]
            sizes = [self._size(request["Bucket"], key) for key in keys]
            contents = [
                {"Key": key, "Size": size}
                for key, size in list(zip(keys, sizes, strict=True))[start:end]
            ]
            answer: dict[str, Any] = {"IsTruncated": end < len(keys)}
            if contents:
                answer["Contents"] = contents
            if answer["IsTruncated"]:
                answer["NextContinuationToken"] = str(end)
            return answer

    def get_object(self, **request: Any) -> Any:
        with self._call("GetObject", request):
            bucket, key = request["Bucket"], request["Key"]
            content = self._object("GetObject", bucket, key)
            if not content:
                raise error("InvalidRange", 416, "not satisfiable", "GetObject")
            start, end = request["Range"].removeprefix("bytes=").split("-")
            body = content[int(start) : int(end) + 1]
            size = self._size(bucket, key)
            return {
                "Body": io.BytesIO(body),
                "ContentRange": f"bytes {start}-{int(start) + len(body) - 1}/{size}",
            }

    def _size(self, bucket: str, key: str) -> int:
        return self.sizes.get((bucket, key), len(self.objects[bucket, key]))

    def _object(self, operation: str, Bucket: str, Key: str) -> bytes:
        if (Bucket, Key) not in self.objects:
            raise error("NoSuchKey", 404, "The specified key does not exist.", operation)
        return self.objects[Bucket, Key]

    # Step Functions ---------------------------------------------------------------------------

    def start_execution(self, **request: Any) -> Any:
        with self._call("StartExecution", request):
            assert len(request["name"]) <= 80
            known = self.executions.get(request["name"])
            if known and not (known["running"] and known["input"] == request["input"]):
                raise error("ExecutionAlreadyExists", 400, "exists", "StartExecution")
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


class _Call:
    """One call: checked, counted, and failed or killed where that was asked for."""

    def __init__(self, aws: FakeAws, operation: str, request: dict[str, Any] | None) -> None:
        self._aws = aws
        self._operation = operation
        self._fault: str | None = None
        self._request = request

    def __enter__(self) -> None:
        aws = self._aws
        aws.step()
        if self._request is not None:
            check_request(self._operation, self._request)
            aws.calls.append((self._operation, self._request))
        aws.tick()
        self._killed(before=True)
        self._fault = aws.take_fault(self._operation)
        if self._fault and not self._fault.endswith("-after"):
            self._raise()

    def __exit__(self, *failure: object) -> None:
        # The service's refusals are answers too, and can be lost.
        if failure[0] is None or failure[0] is ClientError:
            self._killed(before=False)
            if self._fault:
                self._raise()

    def _killed(self, *, before: bool) -> None:
        if self._aws.kill_at is None:
            return
        left, is_before = self._aws.kill_at
        if before is is_before:
            self._aws.kill_at = (left - 1, is_before) if left else None
            if not left:
                raise Killed

    def _raise(self) -> None:
        assert self._fault is not None
        if self._operation == "put":
            raise ConnectionResetError("the connection was dropped")
        if self._fault == "dropped-before":
            raise EndpointConnectionError(endpoint_url="https://example.com")
        if self._fault == "dropped-after":
            raise ReadTimeoutError(endpoint_url="https://example.com")
        code, status, message = FAULTS[self._fault]
        raise error(code, status, message, self._operation)


def error(code: str, status: int, message: str, operation: str) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {
                "HTTPStatusCode": status,
                "RequestId": "",
                "HostId": "",
                "HTTPHeaders": {},
                "RetryAttempts": 0,
            },
        },
        operation,
    )


@functools.cache
def _input_shape(operation: str) -> Any:
    session = botocore.session.get_session()
    for service in ("personalize", "stepfunctions", "s3"):
        model = session.get_service_model(service)
        if operation in model.operation_names:
            return model.operation_model(operation).input_shape
    raise LookupError(operation)


def check_request(operation: str, request: Mapping[str, Any]) -> None:
    if operation in ("CopyObject", "ListObjectsV2", "GetObject"):
        return  # The Stubber test checks these; loading the model of S3 takes long.
    report = ParamValidator().validate(request, _input_shape(operation))
    assert not report.has_errors(), report.generate_report()


@pytest.fixture
def aws() -> FakeAws:
    """A new AWS."""
    return FakeAws()


@pytest.fixture
def new_aws() -> Callable[[], FakeAws]:
    """Makes AWSes."""
    return FakeAws


@pytest.fixture
def killed() -> type[BaseException]:
    """What a killed function raises."""
    return Killed


def make_properties(**changes: Any) -> dict[str, Any]:
    """The properties of a custom resource: a plain inference job, with changes."""
    request = {
        "solutionVersionArn": VERSION,
        "numResults": 10,
        "jobInput": {"s3DataSource": {"path": "s3://in/users/"}},
        "roleArn": ROLE,
    }
    base = {
        "Request": json.dumps({**request, **changes.pop("request", {})}),
        "JobNamePrefix": "shop-job",
        "OutputPrefix": "s3://out/results/",
    }
    texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in changes.items()}
    return {key: value for key, value in {**base, **texts}.items() if value != "null"}


@pytest.fixture
def properties() -> Callable[..., dict[str, Any]]:
    """Makes the properties of a custom resource."""
    return make_properties


@pytest.fixture
def wait() -> Callable[..., dict[str, Any]]:
    """Makes the property Wait."""
    return lambda handle="https://handles.example/1?Signature=secret", **changes: {
        "stateMachineArn": MACHINE,
        "handleUrl": handle,
        "seconds": 3600,
        "intervalSeconds": 60,
        **changes,
    }
