"""Workflows by the real CDK CLI, and their runs: once each, whatever fails or is repeated."""

# The fixtures are of classes that test modules cannot import.
# ruff: noqa: ANN401

from __future__ import annotations

import json
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from personalize_local import catalog
from personalize_local.environment import ACCOUNT

Control = Any

APP = Path(__file__).parent / "apps" / "workflow_app.py"
CREATE, DESCRIBE = "CreateBatchInferenceJob", "DescribeBatchInferenceJob"
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


class Workflows:
    """A stack with workflows, and their executions."""

    def __init__(self, aws: Any, folder: Path, **workflows: dict[str, Any]) -> None:
        self.aws, self.stack = aws, f"Flows{uuid.uuid4().hex[:8]}"
        outputs = folder / f"{self.stack}.json"
        described = {"stack": self.stack, "workflows": workflows}
        command = ["cdk", "deploy", "--app", f"{sys.executable} {APP}"]
        command += ["--require-approval", "never", "--output", str(folder / self.stack)]
        command += ["--outputs-file", str(outputs)]
        done = aws.run(command, env={**aws.environment, "WORKFLOWS": json.dumps(described)})
        assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
        self._outputs = json.loads(outputs.read_text(encoding="utf-8"))[self.stack]
        self.client, self.s3 = aws.client("stepfunctions"), aws.client("s3")
        self.bucket = self._outputs["InputBucket"]
        for name, arguments in workflows.items():
            self.put(name, "a.json", b'{"itemId":"1001"}\n' if "segment" in arguments else USERS)

    def machine(self, name: str) -> str:
        return str(self._outputs[f"{name}Machine"])

    def put(self, name: str, key: str, content: bytes) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=f"in/{name}/{key}", Body=content)

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


@pytest.fixture(scope="module")
def workflows(local_aws: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workflows]:
    local_aws.control.scale_waits(SCALE)
    names = ("Once", "Fails", "Busy", "Twice", "Lost", "Redriven", "Other", "Alone", "Checked")
    yield Workflows(
        local_aws,
        tmp_path_factory.mktemp("workflows"),
        **{name: {"version": VERSION} for name in names},
        Late={"version": VERSION, "timeout": 2},
        Newest={"solution": SOLUTION, "num_results": 3, "tags": {"team": "films"}},
        Untrained={"solution": SOLUTION.rpartition("/")[0] + "/local-not-ready"},
        Segments={"segment": True, "version": VERSIONS["aws-item-affinity"]},
    )
    local_aws.control.scale_waits(1)


def test_a_run_ends_with_its_document(workflows: Workflows, control: Control) -> None:
    execution = workflows.start("Once", "2026-11-24")
    ended = workflows.finish(execution)
    assert ended["status"] == "SUCCEEDED", ended
    output = json.loads(ended["output"])
    (job,) = workflows.jobs("Once")
    assert output.pop("seconds") < 30
    target = output["outputUri"]
    assert target.endswith(f"/{workflows.stack}-Once/2026-11-24/")
    assert output == {
        "version": 1,
        "run": "2026-11-24",
        "inputUri": f"s3://{workflows.bucket}/in/Once/",
        "outputUri": target,
        "solutionVersionArn": VERSION,
        "jobs": [
            {
                "jobArn": job["batchInferenceJobArn"],
                "jobName": job["jobName"],
                "status": "ACTIVE",
                "outputUri": target,
            }
        ],
        "counts": {"jobs": 1, "files": 1, "bytes": len(USERS)},
    }
    assert workflows.keys(target) == ["a.json.out"]
    assert "Plan" not in workflows.states(execution)


def test_each_run_takes_the_newest_version_and_what_its_input_says(workflows: Workflows) -> None:
    output = workflows.output("Newest", numResults=2, runKey="2026-11-24T02:00")
    (job,) = workflows.jobs("Newest")
    assert output["run"] == "2026-11-24T02-00"
    assert job["solutionVersionArn"] == output["solutionVersionArn"] == VERSION
    assert job["numResults"] == 2
    tags = workflows.aws.client("personalize").list_tags_for_resource(
        resourceArn=job["batchInferenceJobArn"]
    )
    assert tags["tags"] == [{"tagKey": "team", "tagValue": "films"}]


def test_segment_workflows_run_alike(workflows: Workflows) -> None:
    output = workflows.output("Segments", numResults=5)
    assert ":batch-segment-job/" in output["jobs"][0]["jobArn"]
    assert workflows.keys(output["outputUri"]) == ["a.json.out"]


def test_a_solution_without_an_active_version_fails_the_run(workflows: Workflows) -> None:
    ended = workflows.run("Untrained")
    assert ended["error"] == "NoActiveVersion"
    assert "local-not-ready has no version that is ACTIVE" in ended["cause"]


def test_a_failed_job_fails_the_run_with_its_reason(workflows: Workflows, control: Control) -> None:
    reason = 'Insufficient "privileges" — {"bucket": "ä"}'
    control.add_fault(CREATE, kind="job-fails", reason=reason)
    ended = workflows.run("Fails")
    (job,) = workflows.jobs("Fails")
    assert (ended["status"], ended["error"]) == ("FAILED", "JobFailed")
    assert ended["cause"] == f"{reason} ({job['batchInferenceJobArn']})"


@pytest.mark.parametrize(
    ("content", "error", "cause"),
    [
        ({"results": 5}, "InvalidInput", "unknown key results; known are filterArn, inputUri,"),
        ({"numResults": "5"}, "InvalidInput", "numResults must be a whole number of at least 1"),
        ({"inputUri": "s3://elsewhere/"}, "InvalidInput", "inputUri must begin with s3://"),
        ({"inputUri": "{own}in/Checked/none/"}, "InputNotFound", "there is no input below"),
    ],
)
def test_wrong_input_fails_the_run_and_makes_no_job(
    workflows: Workflows, content: dict[str, Any], error: str, cause: str
) -> None:
    own = f"s3://{workflows.bucket}/"
    given = {
        key: value.replace("{own}", own) if isinstance(value, str) else value
        for key, value in content.items()
    }
    ended = workflows.run("Checked", **given)
    assert (ended["status"], ended["error"]) == ("FAILED", error)
    assert cause in ended["cause"]
    assert workflows.jobs("Checked") == []


def test_runs_wait_their_turn_when_the_quota_is_reached(
    workflows: Workflows, control: Control
) -> None:
    before = control.calls()[CREATE]
    with ThreadPoolExecutor(6) as pool:
        ended = list(pool.map(lambda _: workflows.run("Busy"), range(6)))
    assert {one["status"] for one in ended} == {"SUCCEEDED"}
    assert len(workflows.jobs("Busy")) == 6
    assert control.calls()[CREATE] > before + 6


def test_a_lost_answer_makes_no_second_job(workflows: Workflows, control: Control) -> None:
    control.add_fault(CREATE, kind="lose-answer")
    workflows.output("Lost")
    assert len(workflows.jobs("Lost")) == 1


def test_a_run_key_makes_one_job_however_often_it_is_run(workflows: Workflows) -> None:
    first, second = (workflows.output("Twice", runKey="monday") for _ in range(2))
    assert first["jobs"] == second["jobs"]
    assert len(workflows.jobs("Twice")) == 1


def test_a_run_key_of_another_request_is_refused(workflows: Workflows) -> None:
    workflows.output("Other", runKey="monday")
    ended = workflows.run("Other", runKey="monday", numResults=7)
    assert ended["error"] == "JobNameTaken"
    assert "differs in NumResults" in ended["cause"]


def test_a_redrive_goes_on_with_the_job(workflows: Workflows, control: Control) -> None:
    control.add_fault(DESCRIBE, kind="throttle", times=9)
    execution = workflows.start("Redriven")
    ended = workflows.finish(execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "Personalize.PersonalizeException")
    assert workflows.redrive(execution)["status"] == "SUCCEEDED"
    assert len(workflows.jobs("Redriven")) == 1


def test_a_run_out_of_time_can_be_redriven(workflows: Workflows, control: Control) -> None:
    control.add_fault(DESCRIBE, kind="slow", seconds=3)
    execution = workflows.start("Late")
    assert workflows.finish(execution)["status"] == "TIMED_OUT"
    control.clear_faults()
    assert workflows.redrive(execution)["status"] == "SUCCEEDED"
    assert len(workflows.jobs("Late")) == 1


def test_a_run_that_would_overlap_is_skipped_where_that_is_asked(
    workflows: Workflows, control: Control
) -> None:
    control.add_fault(DESCRIBE, kind="slow", seconds=1)
    first = workflows.start("Alone")
    skipped = workflows.output("Alone", skipIfRunning=True)
    assert skipped["skippedFor"] == first
    assert workflows.finish(first)["status"] == "SUCCEEDED"
    assert "skippedFor" not in workflows.output("Alone", skipIfRunning=True)
    assert len(workflows.jobs("Alone")) == 2
