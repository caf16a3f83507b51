"""Runs over more input than one job takes, with quotas that are made small for the test."""

# The fixtures are of classes that test modules cannot import.
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

Control = Any

APP = Path(__file__).parent / "apps" / "workflow_app.py"
RUNTIME = Path(__file__).resolve().parents[2] / "lambda"
CREATE = "CreateBatchInferenceJob"
VERSION = next(
    one.arn
    for one in catalog.solution_versions(ACCOUNT, "us-east-1")
    if one.recipe.name == "aws-user-personalization-v2" and one.status == catalog.ACTIVE
)
SCALE = 0.004


class Sharded:
    """A stack with workflows whose function takes two files for a job."""

    def __init__(self, aws: Any, folder: Path) -> None:
        self.aws, self.stack = aws, f"Shards{uuid.uuid4().hex[:8]}"
        outputs = folder / "outputs.json"
        names = ("Few", "Fails", "Many", "Broken")
        described = {
            "stack": self.stack,
            "workflows": {name: {"version": VERSION} for name in names},
        }
        command = ["cdk", "deploy", "--app", f"{sys.executable} {APP}"]
        command += ["--require-approval", "never", "--output", str(folder / "out")]
        command += ["--outputs-file", str(outputs)]
        done = aws.run(command, env={**aws.environment, "WORKFLOWS": json.dumps(described)})
        assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
        self._outputs = json.loads(outputs.read_text(encoding="utf-8"))[self.stack]
        self.client, self.s3 = aws.client("stepfunctions"), aws.client("s3")
        self.bucket = self._outputs["InputBucket"]
        self._make_quotas_small()

    def _make_quotas_small(self) -> None:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as code:
            for path in RUNTIME.rglob("*.py"):
                text = path.read_text(encoding="utf-8")
                if path.name == "_shard_types.py":
                    assert "job_files: int = 1_000" in text
                    text = text.replace("job_files: int = 1_000", "job_files: int = 2")
                code.writestr(str(path.relative_to(RUNTIME)), text)
        client = self.aws.client("lambda")
        (name,) = (
            one["FunctionName"]
            for page in client.get_paginator("list_functions").paginate()
            for one in page["Functions"]
            if one["FunctionName"].startswith(f"{self.stack}-PersonalizeBatchShards")
        )
        client.update_function_code(FunctionName=name, ZipFile=archive.getvalue())

    def put(self, name: str, files: int) -> None:
        for number in range(files):
            self._put(name, f"{number:04}.json", b'{"userId":"%d"}\n' % number)
        # A result in the input keeps the path from being used as it is, as too many files would.
        self._put(name, "0000.json.out", b"{}\n")

    def _put(self, name: str, key: str, content: bytes) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=f"in/{name}/{key}", Body=content)

    def run(self, name: str) -> dict[str, Any]:
        machine = self._outputs[f"{name}Machine"]
        answer = self.client.start_execution(stateMachineArn=machine, input="{}")
        return self.finish(answer["executionArn"])

    def finish(self, execution: str) -> dict[str, Any]:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found: dict[str, Any] = self.client.describe_execution(executionArn=execution)
            if found["status"] != "RUNNING":
                return found
            time.sleep(0.05)
        raise AssertionError(f"{execution} did not end")

    def redrive(self, execution: str) -> dict[str, Any]:
        self.client.redrive_execution(executionArn=execution)
        return self.finish(execution)

    def jobs(self, name: str) -> list[dict[str, Any]]:
        made = self.aws.control.jobs()
        return [job for job in made if job["jobName"].startswith(f"{self.stack}-{name}-")]

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


@pytest.fixture(scope="module")
def sharded(local_aws: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sharded]:
    local_aws.control.scale_waits(SCALE)
    yield Sharded(local_aws, tmp_path_factory.mktemp("sharded"))
    local_aws.control.scale_waits(1)


def test_each_shard_is_a_job_and_all_results_lie_below_one_folder(sharded: Sharded) -> None:
    sharded.put("Few", 5)
    ended = sharded.run("Few")
    assert ended["status"] == "SUCCEEDED", ended
    output = json.loads(ended["output"])
    assert [job["status"] for job in output["jobs"]] == ["ACTIVE"] * 3
    names = {job["jobName"] for job in sharded.jobs("Few")}
    assert {job["jobName"] for job in output["jobs"]} == names
    assert {name.rpartition("-")[2] for name in names} == {"00001", "00002", "00003"}
    assert output["counts"]["jobs"] == 3
    assert output["counts"]["files"] == 5
    assert sharded.users(output["outputUri"]) == ["0", "1", "2", "3", "4"]
    manifest = json.loads(sharded.read(output["manifestUri"])[0])
    assert (manifest["status"], manifest["succeeded"]) == ("COMPLETE", 3)
    assert [one["job"]["jobArn"] for one in manifest["shards"]] == [
        job["jobArn"] for job in output["jobs"]
    ]


def test_a_failed_shard_leaves_the_others_and_a_redrive_runs_it_alone(
    sharded: Sharded, control: Control
) -> None:
    sharded.put("Fails", 6)
    control.add_fault(CREATE, kind="job-fails", reason="Internal error")
    ended = sharded.run("Fails")
    assert ended["status"] == "FAILED"
    assert "1 of 3 shards failed: shard " in ended["cause"]
    assert "Internal error (arn:" in ended["cause"]
    uri = ended["cause"].rpartition("Manifest: ")[2].strip("\"'")
    manifest = json.loads(sharded.read(uri)[0])
    assert (manifest["status"], manifest["succeeded"]) == ("INCOMPLETE", 2)
    (failed,) = (job for job in sharded.jobs("Fails") if job["status"] != "ACTIVE")
    again = sharded.redrive(ended["executionArn"])
    assert again["status"] == "SUCCEEDED", again
    made = [job["jobName"] for job in sharded.jobs("Fails")]
    assert len(made) == 4
    assert made[-1] == f"{failed['jobName']}-2"
    output = json.loads(again["output"])
    assert made[-1] in [job["jobName"] for job in output["jobs"]]
    assert sharded.users(output["outputUri"]) == [str(number) for number in range(6)]
    assert json.loads(sharded.read(output["manifestUri"])[0])["status"] == "COMPLETE"


def test_an_error_that_is_no_jobs_fails_its_shard_only(sharded: Sharded, control: Control) -> None:
    sharded.put("Broken", 4)
    control.add_fault("DescribeBatchInferenceJob", kind="throttle", times=18)
    ended = sharded.run("Broken")
    assert "2 of 2 shards failed: shard 1: " in ended["cause"]
    assert sharded.redrive(ended["executionArn"])["status"] == "SUCCEEDED"
    assert len(sharded.jobs("Broken")) == 2


def test_many_shards_run_in_a_distributed_map(sharded: Sharded) -> None:
    sharded.put("Many", 82)
    ended = sharded.run("Many")
    assert ended["status"] == "SUCCEEDED", ended
    output = json.loads(ended["output"])
    assert output["jobs"] == []
    assert output["counts"]["jobs"] == len(sharded.jobs("Many")) == 41
    assert sharded.users(output["outputUri"]) == [str(number) for number in range(82)]
    assert json.loads(sharded.read(output["manifestUri"])[0])["status"] == "COMPLETE"
