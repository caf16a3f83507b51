"""One stack of workflows for all tests of them, and their executions."""

# boto3 makes its clients at run time.
# ruff: noqa: ANN401

from __future__ import annotations

import io
import json
import sys
import time
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from personalize_local import catalog
from personalize_local.environment import ACCOUNT

APP = Path(__file__).parents[1] / "apps" / "workflow_app.py"
RUNTIME = Path(__file__).resolve().parents[3] / "lambda"
VERSIONS = {
    one.recipe.name: one.arn
    for one in catalog.solution_versions(ACCOUNT, "us-east-1")
    if one.status == catalog.ACTIVE
}
VERSION = VERSIONS["aws-user-personalization-v2"]
SOLUTION = VERSION.rpartition("/")[0]
USERS = b'{"userId":"1"}\n{"userId":"2"}\n'
# Two minutes between two looks become half a second.
SCALE = 0.004

_SIMPLE = ("Once", "Fails", "Busy", "Twice", "Lost", "Redriven", "Other", "Alone", "Checked")
_SHARDED = ("Few", "ShardFails", "Broken", "Many")
WORKFLOWS: dict[str, dict[str, Any]] = {
    **{name: {"version": VERSION} for name in (*_SIMPLE, *_SHARDED)},
    "Late": {"version": VERSION, "timeout": 2},
    "Newest": {"solution": SOLUTION, "num_results": 3, "tags": {"team": "films"}},
    "Scheduled": {"version": VERSION, "schedule": "rate(365 days)"},
    "Arrives": {"version": VERSION, "on_input": {"quiet_period": 10}},
    "Uploaded": {"version": VERSION, "on_input": {"success_key": "_SUCCESS"}},
    "Encrypted": {"version": VERSION, "encrypted": True},
    "Untrained": {"solution": SOLUTION.rpartition("/")[0] + "/local-not-ready"},
    "Segments": {
        "segment": True,
        "version": VERSIONS["aws-item-affinity"],
        "table_of": "tabled",
    },
    "Attributes": {
        "segment": True,
        "version": VERSIONS["aws-item-attribute-affinity"],
        "table_of": "tabled",
    },
    "Tabled": {"version": VERSION, "table_of": "tabled"},
    "Similar": {"version": VERSIONS["aws-similar-items"], "table_of": "tabled"},
}


class Workflows:
    """A stack with workflows, and their executions."""

    version = VERSION

    def __init__(self, aws: Any, folder: Path) -> None:
        self.aws, self.stack = aws, f"Flows{uuid.uuid4().hex[:8]}"
        outputs = folder / f"{self.stack}.json"
        described = {"stack": self.stack, "workflows": WORKFLOWS}
        command = ["cdk", "deploy", "--app", f"{sys.executable} {APP}"]
        command += ["--require-approval", "never", "--output", str(folder / self.stack)]
        command += ["--outputs-file", str(outputs)]
        done = aws.run(command, env={**aws.environment, "WORKFLOWS": json.dumps(described)})
        assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
        self._outputs = json.loads(outputs.read_text(encoding="utf-8"))[self.stack]
        self.client, self.s3 = aws.client("stepfunctions"), aws.client("s3")
        self.bucket = self._outputs["InputBucket"]
        for name in (*_SIMPLE, "Late", "Newest", "Scheduled", "Untrained"):
            self.put(name, "a.json", USERS)
        self.put("Segments", "a.json", b'{"itemId":"1001"}\n')
        self._make_quotas_small()

    def machine(self, name: str) -> str:
        return str(self._outputs[f"{name}Machine"])

    def put(self, name: str, key: str, content: bytes) -> None:
        bucket = self._outputs.get(f"{name}Bucket", self.bucket)
        self.s3.put_object(Bucket=bucket, Key=f"in/{name}/{key}", Body=content)

    def output_of(self, name: str) -> str:
        """An output of the stack."""
        return str(self._outputs[name])

    def start(self, name: str, execution: str | None = None, **content: Any) -> str:
        answer = self.client.start_execution(
            stateMachineArn=self.machine(name),
            name=execution or uuid.uuid4().hex,
            input=json.dumps(content),
        )
        return str(answer["executionArn"])

    def finish(self, execution: str, seconds: float = 60) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found: dict[str, Any] = self.client.describe_execution(executionArn=execution)
            if found["status"] != "RUNNING":
                return found
            time.sleep(0.05)
        raise AssertionError(f"{execution} did not end; it was in {self.states(execution)}")

    def run(self, name: str, execution: str | None = None, **content: Any) -> dict[str, Any]:
        return self.finish(self.start(name, execution, **content))

    def output(self, name: str, **content: Any) -> dict[str, Any]:
        ended = self.run(name, **content)
        assert ended["status"] == "SUCCEEDED", ended
        return dict(json.loads(ended["output"]))

    def executions(self, name: str) -> list[str]:
        """The executions of a workflow, as they have ended."""
        found = self.client.list_executions(stateMachineArn=self.machine(name))["executions"]
        return [one["executionArn"] for one in found]

    def messages(self, *words: str) -> list[str]:
        """The messages of the queue, up to the first with all the words."""
        client, found = self.aws.client("sqs"), []
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            answer = client.receive_message(QueueUrl=self._outputs["Queue"], WaitTimeSeconds=1)
            for one in answer.get("Messages", []):
                found.append(str(one["Body"]))
                if all(word in found[-1] for word in words):
                    return found
        raise AssertionError(found)

    def redrive(self, execution: str) -> dict[str, Any]:
        self.client.redrive_execution(executionArn=execution)
        return self.finish(execution)

    def states(self, execution: str) -> list[str]:
        """The names of the states that an execution entered."""
        pages = self.client.get_paginator("get_execution_history").paginate(executionArn=execution)
        return [
            event["stateEnteredEventDetails"]["name"]
            for page in pages
            for event in page["events"]
            if "stateEnteredEventDetails" in event
        ]

    def jobs(self, name: str) -> list[dict[str, Any]]:
        """The jobs that a workflow has made, oldest first."""
        made = self.aws.control.jobs()
        return [job for job in made if job["jobName"].startswith(f"{self.stack}-{name}-")]

    def keys(self, uri: str) -> list[str]:
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        listed = self.s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        return [one["Key"].removeprefix(prefix) for one in listed]

    def read(self, uri: str) -> list[bytes]:
        """The contents below a URI."""
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [
            self.s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read()
            for page in pages
            for one in page.get("Contents", [])
        ]

    def users(self, output_uri: str) -> list[str]:
        """The users whom a run has answered."""
        lines = b"\n".join(self.read(output_uri)).splitlines()
        records = [json.loads(line) for line in lines if line.startswith(b'{"input"')]
        return sorted((record["input"]["userId"] for record in records), key=int)

    def _make_quotas_small(self) -> None:
        """Has the function that cuts large input take one file for a job."""
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as code:
            for path in RUNTIME.rglob("*.py"):
                text = path.read_text(encoding="utf-8")
                if path.name == "_shard_types.py":
                    assert "job_files: int = 1_000" in text
                    text = text.replace("job_files: int = 1_000", "job_files: int = 1")
                code.writestr(str(path.relative_to(RUNTIME)), text)
        client = self.aws.client("lambda")
        (name,) = (
            one["FunctionName"]
            for page in client.get_paginator("list_functions").paginate()
            for one in page["Functions"]
            if one["FunctionName"].startswith(f"{self.stack}-PersonalizeBatchShards")
        )
        client.update_function_code(FunctionName=name, ZipFile=archive.getvalue())


@pytest.fixture(scope="session")
def workflows(local_aws: Any, tmp_path_factory: pytest.TempPathFactory) -> Workflows:
    return Workflows(local_aws, tmp_path_factory.mktemp("workflows"))


@pytest.fixture(scope="module", autouse=True)
def _short_waits(local_aws: Any) -> Iterator[None]:
    local_aws.control.scale_waits(SCALE)
    yield
    local_aws.control.scale_waits(1)
