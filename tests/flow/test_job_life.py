"""The life of jobs by the real CDK CLI: once each, whatever fails, rolls back or is delivered."""

from __future__ import annotations

import json
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

from personalize_local import catalog
from personalize_local.environment import ACCOUNT

# The fixtures of conftest.py; test modules cannot import their classes.
Aws = Any
Control = Any

APP = Path(__file__).parent / "apps" / "jobs_app.py"
CREATE = "CreateBatchInferenceJob"
VERSIONS = {
    one.recipe.name: one.arn
    for one in catalog.solution_versions(ACCOUNT, "us-east-1")
    if one.status == catalog.ACTIVE
}
VERSION = VERSIONS["aws-user-personalization-v2"]
SOLUTION = VERSION.rpartition("/")[0]


class App:
    """A stack of its own on the local AWS, deployed by the CDK CLI."""

    def __init__(self, aws: Aws, folder: Path) -> None:
        self.aws = aws
        self.name = f"Life{uuid.uuid4().hex[:8]}"
        self._folder = folder

    def deploy(self, *words: str, broken: bool = False, **jobs: dict[str, Any]) -> str:
        """Deploys; returns what the CLI printed, and fails the test when the CLI fails."""
        code, text = self.try_deploy(*words, broken=broken, **jobs)
        assert code == 0, text[-2000:]
        return text

    def fail(self, *words: str, broken: bool = False, **jobs: dict[str, Any]) -> str:
        """Deploys what must fail; returns what the CLI printed."""
        code, text = self.try_deploy(*words, broken=broken, **jobs)
        assert code == 1, text[-2000:]
        assert "Traceback" not in text
        return text

    def try_deploy(
        self, *words: str, broken: bool = False, **jobs: dict[str, Any]
    ) -> tuple[int, str]:
        described = {"stack": self.name, "jobs": jobs, "broken": broken}
        if "--parameters" in words:
            described["parameter"] = "Run"
        command = ["cdk", "deploy", "--app", f"{sys.executable} {APP}", *words]
        command += ["--require-approval", "never", "--output", str(self._folder / self.name)]
        environ = {**self.aws.environment, "JOBS": json.dumps(described)}
        done = self.aws.run(command, env=environ)
        return done.returncode, done.stdout + done.stderr

    def destroy(self) -> None:
        client = self.aws.client("cloudformation")
        client.delete_stack(StackName=self.name)
        client.get_waiter("stack_delete_complete").wait(
            StackName=self.name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )

    @property
    def status(self) -> str:
        """The status of the stack."""
        client = self.aws.client("cloudformation")
        (stack,) = client.describe_stacks(StackName=self.name)["Stacks"]
        return str(stack["StackStatus"])

    def output(self, key: str) -> str:
        client = self.aws.client("cloudformation")
        (stack,) = client.describe_stacks(StackName=self.name)["Stacks"]
        return next(one["OutputValue"] for one in stack["Outputs"] if one["OutputKey"] == key)

    @property
    def jobs(self) -> list[str]:
        """The names of the jobs that the stack has made, oldest first."""
        made = (str(job["jobName"]) for job in self.aws.control.jobs())
        return [name for name in made if name.startswith(self.name)]

    def describe(self, output: str = "BatchArn") -> dict[str, Any]:
        arn = self.output(output)
        answer = self.aws.client("personalize").describe_batch_inference_job(
            batchInferenceJobArn=arn
        )
        return dict(answer["batchInferenceJob"])


@pytest.fixture
def app(local_aws: Aws, control: Control, tmp_path: Path) -> App:
    return App(local_aws, tmp_path)


def test_each_request_makes_one_job_and_going_back_finds_the_first(app: App) -> None:
    app.deploy(Batch={"version": VERSION})
    first = app.output("BatchArn")
    app.deploy(Batch={"version": VERSION})
    assert len(app.jobs) == 1
    app.deploy(Batch={"version": VERSION, "run_key": "2"})
    assert len(app.jobs) == 2
    app.deploy(Batch={"version": VERSION, "records": [{"userId": "2"}]})
    assert len(app.jobs) == 3
    app.deploy(Batch={"version": VERSION})
    assert len(app.jobs) == 3
    assert app.output("BatchArn") == first
    app.destroy()
    assert len(app.jobs) == 3


def test_tags_alone_change_the_job_in_place(app: App) -> None:
    app.deploy(Batch={"version": VERSION, "tags": {"team": "films", "stage": "test"}})
    first = app.output("BatchArn")
    app.deploy(Batch={"version": VERSION, "tags": {"team": "books"}})
    assert app.output("BatchArn") == first
    assert len(app.jobs) == 1
    answer = app.aws.client("personalize").list_tags_for_resource(resourceArn=first)
    assert answer["tags"] == [{"tagKey": "team", "tagValue": "books"}]


def test_the_newest_active_version_is_found(app: App) -> None:
    app.deploy(Batch={"solution": SOLUTION})
    assert app.output("BatchVersion") == VERSION
    assert app.describe()["solutionVersionArn"] == VERSION


def test_a_solution_without_an_active_version_fails_with_what_there_is(app: App) -> None:
    solution = SOLUTION.rpartition("/")[0] + "/local-not-ready"
    text = app.fail(Batch={"solution": solution})
    assert "CREATE FAILED" in text
    assert "CREATE IN_PROGRESS" in text
    assert app.jobs == []


def test_a_lost_answer_makes_no_second_job(app: App, control: Control) -> None:
    control.add_fault(CREATE, kind="lose-answer")
    app.deploy(Batch={"version": VERSION})
    assert len(app.jobs) == 1


def test_weather_passes(app: App, control: Control) -> None:
    control.add_fault("DescribeBatchInferenceJob", kind="server-error", times=2)
    control.add_fault(CREATE, kind="throttle", times=2)
    control.add_fault(CREATE, kind="role-not-ready", times=1)
    control.add_fault(CREATE, kind="access-denied", times=1)
    app.deploy(Batch={"version": VERSION})
    assert len(app.jobs) == 1


def test_a_create_that_fails_half_way_is_rolled_back_and_the_job_goes_on(app: App) -> None:
    app.fail(broken=True, Batch={"version": VERSION})
    assert app.status == "ROLLBACK_COMPLETE"
    (name,) = app.jobs
    jobs = {job["jobName"]: job for job in app.aws.control.jobs()}
    assert jobs[name]["status"] != "CREATE FAILED"


def test_an_update_that_fails_is_rolled_back_to_the_first_job(app: App) -> None:
    app.deploy(Batch={"version": VERSION})
    first = app.output("BatchArn")
    app.fail(broken=True, Batch={"version": VERSION, "num_results": 3})
    assert app.status == "UPDATE_ROLLBACK_COMPLETE"
    assert app.output("BatchArn") == first
    assert len(app.jobs) == 2
    app.deploy(Batch={"version": VERSION, "num_results": 3})
    assert len(app.jobs) == 2


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"records": [{"itemId": "1"}]}, "userId"),
        ({"uri": "s3://no-such-bucket-of-ours/users/"}, "no-such-bucket-of-ours"),
        ({"version": f"{SOLUTION}/gone"}, f"{SOLUTION}/gone"),
        ({"version": VERSIONS["aws-item-affinity"]}, "aws-item-affinity"),
    ],
    ids=["wrong record", "no bucket", "no version", "segment recipe"],
)
def test_preflight_refuses_in_seconds_and_makes_no_job(
    app: App, arguments: dict[str, Any], reason: str
) -> None:
    started = time.monotonic()
    text = app.fail(Batch={"version": VERSION, **arguments})
    assert time.monotonic() - started < 30
    assert f"Batch inference job {app.name}-Batch-" in text
    assert reason in text
    assert app.jobs == []


def test_a_name_that_another_request_has_is_refused_with_both(app: App) -> None:
    name = f"{app.name}-nightly"
    app.deploy(Batch={"version": VERSION, "job_name": name})
    text = app.fail(Batch={"version": VERSION, "job_name": name, "num_results": 3})
    assert name in text
    assert "numResults" in text
    assert app.status == "UPDATE_ROLLBACK_COMPLETE"


def test_segment_jobs_live_alike(app: App) -> None:
    app.deploy(
        Batch={
            "segment": True,
            "version": VERSIONS["aws-item-affinity"],
            "records": [{"itemId": "1001"}],
            "num_results": 5,
            "wait_up_to": 60,
            "poll_interval": 1,
            "tags": {"team": "films"},
        }
    )
    arn = app.output("BatchArn")
    assert ":batch-segment-job/" in arn
    client = app.aws.client("personalize")
    job = client.describe_batch_segment_job(batchSegmentJobArn=arn)["batchSegmentJob"]
    assert job["status"] == "ACTIVE"


def test_waiting_for_a_job_that_is_changed_waits_again(app: App) -> None:
    waiting = {"version": VERSION, "wait_up_to": 60, "poll_interval": 1}
    app.deploy(Batch=waiting)
    assert app.describe()["status"] == "ACTIVE"
    app.deploy(Batch={**waiting, "run_key": "2"})
    assert app.describe()["status"] == "ACTIVE"
    assert len(app.jobs) == 2


def test_a_failed_job_fails_the_deployment_with_its_reason(app: App, control: Control) -> None:
    reason = 'Insufficient "privileges" — {"bucket": "ä"} for ${AWS::Region}'
    control.add_fault(CREATE, kind="job-fails", reason=reason)
    waiting = {"version": VERSION, "wait_up_to": 60, "poll_interval": 1}
    text = app.fail(Batch=waiting)
    assert reason in text
    assert f"Batch inference job {app.name}-Batch-" in text
    assert app.status == "ROLLBACK_COMPLETE"


def test_a_job_that_never_ends_fails_the_deployment_when_the_time_is_over(
    app: App, control: Control
) -> None:
    control.add_fault(CREATE, kind="job-never-ends")
    text = app.fail(Batch={"version": VERSION, "wait_up_to": 3, "poll_interval": 1})
    (name,) = app.jobs
    assert f"Batch inference job {name} is still CREATE IN_PROGRESS after 3 seconds" in text
    assert "wait_up_to" in text


def test_a_job_that_only_the_deployment_changed_is_not_passed_unawaited(app: App) -> None:
    waiting = {"version": VERSION, "wait_up_to": 60, "poll_interval": 1}
    app.deploy("--parameters", "Run=1", Batch=waiting)
    first = app.output("BatchArn")
    text = app.fail("--parameters", "Run=2", Batch=waiting)
    assert "nothing would wait for the new job. Change run_key" in text
    assert app.status == "UPDATE_ROLLBACK_COMPLETE"
    assert app.output("BatchArn") == first
    assert len(app.jobs) == 1
