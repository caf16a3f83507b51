"""The shard tasks on a real S3: TLS, IAM with the documented rights and no other, byte for byte."""

# boto3 makes its clients at run time.

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from personalize_batch_runtime import shards
from personalize_batch_runtime._retry import Deadline
from personalize_batch_runtime._shards.errors import InputChanged, S3AccessDenied
from personalize_batch_runtime._shards.types import Quotas
from personalize_local.host.environment import ACCOUNT
from tests.support.flow.running_aws import RunningAws

MIB = 1024 * 1024
# A job of 24 MB, so that an upload has parts of S3's own smallest size and more.
QUOTAS = Quotas(
    job_bytes=24_000_000,
    file_records=1_000_000,
    windows=(4096, 65_536),
    smallest_fill=1_000_000,
    part_bytes=11 * MIB,
)


def users(count: int, end: bytes) -> bytes:
    return b"".join(b'{"userId":"%d"}' % number + end for number in range(count))


class Tasks:
    """Two buckets, and the tasks as a role that has the rights of docs/large-input.md."""

    def __init__(self, aws: Any) -> None:
        name = f"shards-{uuid.uuid4().hex[:8]}"
        self.input, self.output = f"{name}-in", f"{name}-out"
        self.root = aws.client("s3")
        for bucket in (self.input, self.output):
            self.root.create_bucket(Bucket=bucket)
        self._iam, self._name = aws.client("iam"), name
        trust = self._policy({"sts:AssumeRole": None}, Principal={"AWS": ACCOUNT})
        role = self._iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]
        self.rights = {
            "s3:ListBucket": self.input,
            "s3:ListBucketMultipartUploads": self.input,
            "s3:GetObject": f"{self.input}/*",
            "s3:PutObject": f"{self.input}/shards/*",
            "s3:AbortMultipartUpload": f"{self.input}/shards/*",
        }
        self.allow()
        answer = aws.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="shards")
        self.client = aws.client("s3", answer["Credentials"])

    def allow(self, *, without: str = "") -> None:
        rights = {action: place for action, place in self.rights.items() if action != without}
        document = json.loads(self._policy(rights))
        manifest = {"s3:PutObject": f"{self.output}/run/_manifest.json"}
        document["Statement"] += json.loads(self._policy(manifest))["Statement"]
        self._iam.put_role_policy(
            RoleName=self._name, PolicyName="s3", PolicyDocument=json.dumps(document)
        )

    def run(self, task: str, **event: Any) -> Any:
        deadline = Deadline(lambda: 900_000, sleep=lambda _: None)
        return shards.run({"task": task, **event}, s3=self.client, deadline=deadline, quotas=QUOTAS)

    def plan(self, **more: Any) -> Any:
        return self.run(
            "plan",
            inputUri=f"s3://{self.input}/data/",
            workUri=f"s3://{self.input}/shards/run/",
            outputUri=f"s3://{self.output}/run/",
            **more,
        )

    def content(self, uri: str) -> list[bytes]:
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        listed = self.root.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
        return [
            self.root.get_object(Bucket=bucket, Key=one["Key"])["Body"].read() for one in listed
        ]

    @staticmethod
    def _policy(rights: Mapping[str, str | None], **more: Any) -> str:
        statements = [
            {
                "Effect": "Allow",
                "Action": action,
                **({"Resource": f"arn:aws:s3:::{place}"} if place else {}),
                **more,
            }
            for action, place in rights.items()
        ]
        return json.dumps({"Version": "2012-10-17", "Statement": statements})


@pytest.fixture
def tasks(local_aws: RunningAws) -> Tasks:
    return Tasks(local_aws)


def test_large_input_is_cut_copied_and_listed(tasks: Tasks) -> None:
    files = {
        "data/a b+%é.json": users(50_000, b"\r\n"),
        "data/large.json": users(2_500_000, b"\n").removesuffix(b"\n"),
        "data/z.json": users(10, b"\n"),
    }
    for key, content in files.items():
        tasks.root.put_object(Bucket=tasks.input, Key=key, Body=content)
    plan = tasks.plan()
    assert plan["shardCount"] == 3
    copied = [tasks.run("copy", shard=item) for item in plan["shards"]]
    pieces = [tasks.content(item["inputUri"]) for item in plan["shards"]]
    assert b"".join(b"".join(shard) for shard in pieces) == b"".join(files.values())
    assert [len(shard) for shard in pieces] == [item["files"] for item in plan["shards"]]
    assert max(len(b"".join(shard)) for shard in pieces) <= QUOTAS.job_bytes
    assert sum(one["copied"] for one in copied) == plan["fileCount"]
    assert "Uploads" not in tasks.root.list_multipart_uploads(Bucket=tasks.input)
    listed = tasks.root.list_objects_v2(Bucket=tasks.input, Prefix="shards/run/shard-")["Contents"]
    # S3 writes the number of parts behind the ETag of a multipart upload.
    assert [one["ETag"] for one in listed if one["ETag"].endswith('-2"')]

    again = [tasks.run("copy", shard=item) for item in plan["shards"]]
    assert [(one["copied"], one["kept"]) for one in again] == [
        (0, item["files"]) for item in plan["shards"]
    ]
    jobs = [{"index": item["index"], "status": "ACTIVE"} for item in plan["shards"]]
    assert tasks.run("manifest", plan=plan, jobs=jobs)["status"] == "COMPLETE"
    manifest = json.loads(tasks.content(f"s3://{tasks.output}/run/_manifest.json")[0])
    assert manifest["bytes"] == sum(map(len, files.values()))


def test_the_handler_makes_its_own_client(
    tasks: Tasks, local_aws: RunningAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in local_aws.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    tasks.root.put_object(Bucket=tasks.input, Key="data/a.json", Body=users(5, b"\n"))
    event = {
        "task": "plan",
        "inputUri": f"s3://{tasks.input}/data/",
        "workUri": f"s3://{tasks.input}/shards/run/",
        "outputUri": f"s3://{tasks.output}/run/",
    }
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 900_000, aws_request_id="1")
    plan = shards.handler(json.loads(json.dumps(event)), context)
    assert json.loads(json.dumps(plan)) == tasks.plan()
    assert tasks.plan()["shards"][0]["copyList"] is None
    shards._s3().close()
    shards._s3.cache_clear()


def test_counted_records_go_into_small_files(tasks: Tasks) -> None:
    content = users(250, b"\n")
    tasks.root.put_object(Bucket=tasks.input, Key="data/items.json", Body=content)
    (item,) = tasks.plan(recordsPerFile=100)["shards"]
    tasks.run("copy", shard=item)
    pieces = tasks.content(item["inputUri"])
    assert [piece.count(b"\n") for piece in pieces] == [100, 100, 50]
    assert b"".join(pieces) == content
    assert item["records"] == 250


def test_an_input_replaced_after_the_plan_is_not_copied(tasks: Tasks) -> None:
    for version in (b"\n", b"\r\n"):
        tasks.root.put_object(Bucket=tasks.input, Key="data/a.json", Body=users(20, version))
        if version == b"\n":
            (item,) = tasks.plan(recordsPerFile=19)["shards"]
    with pytest.raises(InputChanged, match=r"data/a\.json was replaced"):
        tasks.run("copy", shard=item)


@pytest.mark.parametrize(
    ("action", "operation"),
    [
        ("s3:ListBucket", "list_objects_v2"),
        ("s3:GetObject", "get_object"),
        ("s3:PutObject", "put_object"),
    ],
)
def test_a_missing_right_is_named(tasks: Tasks, action: str, operation: str) -> None:
    content = users(1_200_000, b"\n")
    tasks.root.put_object(Bucket=tasks.input, Key="data/a.json", Body=content)
    tasks.allow(without=action)
    with pytest.raises(S3AccessDenied, match=f"Allow {operation} to the role"):
        tasks.plan()
