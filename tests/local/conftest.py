"""A fake AWS around the service: policies as sets of what is denied, S3 in memory."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from personalize_local.arns import Scope
from personalize_local.cloud import Caller, Credentials
from personalize_local.errors import AccessDenied
from personalize_local.service import PersonalizeService

ACCOUNT = "123456789012"
REGION = "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/personalize"


class FakeS3:
    """The part of a boto3 S3 client that jobs use."""

    def __init__(self) -> None:
        self.buckets: dict[str, dict[str, bytes]] = {"in": {}, "out": {}}
        self.sizes: dict[str, int] = {}
        self.denied: set[str] = set()
        self.uploads: list[dict[str, Any]] = []
        self.page_size = 1000
        self.closed = False

    def _check(self, action: str, bucket: str) -> None:
        if action in self.denied:
            raise client_error("AccessDenied", 403, action)
        if bucket not in self.buckets:
            raise client_error("NoSuchBucket", 404, action)

    def list_objects_v2(self, **request: str) -> dict[str, Any]:
        bucket = request["Bucket"]
        self._check(f"s3:ListBucket {bucket}", bucket)
        keys = sorted(key for key in self.buckets[bucket] if key.startswith(request["Prefix"]))
        start = int(request.get("ContinuationToken", "0"))
        page = keys[start : start + self.page_size]
        objects = self.buckets[bucket]
        answer: dict[str, Any] = {
            "Contents": [
                {"Key": key, "Size": self.sizes.get(key, len(objects[key]))} for key in page
            ],
            "IsTruncated": start + self.page_size < len(keys),
        }
        if answer["IsTruncated"]:
            answer["NextContinuationToken"] = str(start + self.page_size)
        return answer

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        self._check(f"s3:GetObject {Bucket}", Bucket)
        return {"Body": io.BytesIO(self.buckets[Bucket][Key])}

    def upload_fileobj(
        self,
        content: io.BytesIO,
        bucket: str,
        key: str,
        ExtraArgs: Mapping[str, str],
    ) -> None:
        self._check(f"s3:PutObject {bucket}", bucket)
        self.buckets[bucket][key] = content.read()
        self.uploads.append({"key": key, **ExtraArgs})

    def close(self) -> None:
        self.closed = True


def client_error(code: str, status: int, action: str) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": f"{code} by the fake"},
            "ResponseMetadata": {
                "HTTPStatusCode": status,
                "RequestId": "",
                "HostId": "",
                "HTTPHeaders": {},
                "RetryAttempts": 0,
            },
        },
        action,
    )


class FakeCloud:
    """A Cloud that allows everything but what `denied` names."""

    def __init__(self) -> None:
        self.s3 = FakeS3()
        self.denied: set[str] = set()
        self.authorized: list[tuple[str, str, dict[str, str]]] = []
        self.assumed: list[tuple[str, str, str]] = []
        self.default_keys: dict[str, str] = {}
        self.key_checks: list[tuple[str, str]] = []
        self.bucket_checks: list[tuple[str, str, str | None]] = []

    def authorize(
        self, caller: Caller, action: str, resource_arn: str, context: Mapping[str, str]
    ) -> None:
        self.authorized.append((action, resource_arn, dict(context)))
        if action in self.denied or f"{action} {resource_arn}" in self.denied:
            raise AccessDenied("no identity-based policy allows it")

    def assume_role(self, role_arn: str, *, source_account: str, source_arn: str) -> Credentials:
        self.assumed.append((role_arn, source_account, source_arn))
        if "sts:AssumeRole" in self.denied:
            raise AccessDenied("the trust policy does not allow it")
        return Credentials("key", "secret", "token")

    def check_bucket_policy(
        self, bucket: str, action: str, key: str | None, *, source_account: str, source_arn: str
    ) -> None:
        self.bucket_checks.append((bucket, action, key))
        if f"{action} {bucket} by bucket policy" in self.denied:
            raise AccessDenied

    def default_key(self, bucket: str) -> str | None:
        return self.default_keys.get(bucket)

    def check_key_policy(
        self, key_arn: str, action: str, *, source_account: str, source_arn: str
    ) -> None:
        self.key_checks.append((key_arn, action))
        if f"{action} by key policy" in self.denied:
            raise AccessDenied("no statement allows it")

    def authorize_key(self, credentials: Credentials, key_arn: str, action: str) -> None:
        assert credentials.secret_access_key == "secret"
        if f"{action} by role" in self.denied:
            raise AccessDenied

    def s3_client(self, credentials: Credentials, region: str) -> FakeS3:
        assert (credentials.secret_access_key, region) == ("secret", REGION)
        return self.s3


class Time:
    """A clock that goes only when somebody sleeps, and a gate that can hold sleepers."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.naps: list[float] = []
        self.gate = threading.Event()
        self.gate.set()

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.gate.wait(10)
        self.naps.append(seconds)
        self.now += seconds


class Local:
    """A service with its fakes, and short ways to use it."""

    def __init__(self) -> None:
        self.cloud = FakeCloud()
        self.s3 = self.cloud.s3
        self.time = Time()
        self.caller = Caller(ACCOUNT, REGION, {})
        self.service = PersonalizeService(
            self.cloud, job_seconds=8.0, clock=self.time.clock, sleep=self.time.sleep
        )

    def call(self, operation: str, **parameters: object) -> dict[str, Any]:
        return self.service.call(operation, parameters, self.caller)

    def version(self, recipe: str) -> str:
        """The ARN of the solution version of a recipe."""
        found = self.call("ListSolutionVersions", solutionArn=self.solution(recipe))
        return str(found["solutionVersions"][0]["solutionVersionArn"])

    def solution(self, recipe: str) -> str:
        return Scope.of(self.caller).arn(f"solution/local-{recipe}")

    def request(self, recipe: str = "user-personalization-v2", **more: object) -> dict[str, object]:
        return {
            "jobName": "job",
            "solutionVersionArn": self.version(recipe),
            "jobInput": {"s3DataSource": {"path": "s3://in/users.json"}},
            "jobOutput": {"s3DataDestination": {"path": "s3://out/results/"}},
            "roleArn": ROLE,
            **more,
        }

    def create(self, recipe: str = "user-personalization-v2", **more: object) -> str:
        answer = self.call("CreateBatchInferenceJob", **self.request(recipe, **more))
        return str(answer["batchInferenceJobArn"])

    def finish(self, arn: str) -> dict[str, Any]:
        """Waits for the end of a job and describes it."""
        for thread in threading.enumerate():
            if thread.name == arn:
                thread.join(10)
        kind = "batchInferenceJob" if "inference" in arn else "batchSegmentJob"
        return self.call(f"DescribeB{kind[1:]}", **{f"{kind}Arn": arn})[kind]  # type: ignore[no-any-return]

    def run(self, lines: bytes, recipe: str, **more: object) -> list[dict[str, Any]]:
        """Runs a job over one file and returns its output records."""
        self.s3.buckets["in"]["users.json"] = lines
        described = self.finish(self.create(recipe, **more))
        assert described["status"] == "ACTIVE", described
        output = self.s3.buckets["out"]["results/users.json.out"]
        return [json.loads(line) for line in output.splitlines()]


@pytest.fixture
def local() -> Iterator[Local]:
    made = Local()
    yield made
    made.time.gate.set()
    made.service.close()


@pytest.fixture
def make_caller() -> Callable[..., Caller]:
    def make(account: str = ACCOUNT, region: str = REGION) -> Caller:
        return Caller(account, region, {})

    return make
