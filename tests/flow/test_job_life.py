"""The life of jobs by the real CDK CLI: once each, whatever fails, rolls back or is delivered.

A deployment mostly waits for CloudFormation, so the lives are lived side by side, each in a stack
of its own, and each test tells how one of them ended.
"""

from __future__ import annotations

import runpy
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from personalize_local import catalog
from personalize_local.environment import ACCOUNT

# The fixtures of conftest.py; test modules cannot import their classes.
Aws = Any

SIDE_BY_SIDE = 6
CREATE = "CreateBatchInferenceJob"
VERSIONS = {
    one.recipe.name: one.arn
    for one in catalog.solution_versions(ACCOUNT, "us-east-1")
    if one.status == catalog.ACTIVE
}
VERSION = VERSIONS["aws-user-personalization-v2"]
SOLUTION = VERSION.rpartition("/")[0]

synthesize = runpy.run_path(str(Path(__file__).parent / "apps" / "jobs_app.py"))["synthesize"]
# The CDK's bridge to Node.js serves one thread at a time.
synthesis = threading.Lock()


class App:
    """A stack of its own on the local AWS, deployed by the CDK CLI."""

    def __init__(self, aws: Aws, folder: Path) -> None:
        self.aws = aws
        self.name = f"Life{uuid.uuid4().hex[:8]}"
        self._folder = folder
        self._deployments = 0

    def deploy(self, *words: str, broken: bool = False, **jobs: dict[str, Any]) -> str:
        """Deploys; returns what the CLI printed, and fails the test when the CLI fails."""
        code, text = self._run(*words, broken=broken, **jobs)
        assert code == 0, text[-3000:]
        return text

    def fail(self, *words: str, broken: bool = False, **jobs: dict[str, Any]) -> str:
        """Deploys what must fail; returns what the CLI printed."""
        code, text = self._run(*words, broken=broken, **jobs)
        assert code == 1, text[-3000:]
        assert "Traceback" not in text
        return text

    def _run(self, *words: str, broken: bool, **jobs: dict[str, Any]) -> tuple[int, str]:
        self._deployments += 1
        folder = self._folder / f"{self.name}-{self._deployments}"
        parameter = "Run" if "--parameters" in words else None
        with synthesis:
            synthesize(folder, self.name, jobs, broken=broken, parameter=parameter)
        done = self.aws.run(
            ["cdk", "deploy", "--app", str(folder), "--require-approval", "never", *words]
        )
        return done.returncode, done.stdout + done.stderr

    def add_fault(self, operation: str, **fault: object) -> None:
        """Adds a fault that strikes this stack's jobs only."""
        self.aws.control.add_fault(operation, job=self.name, **fault)

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


Life = Callable[[App], None]
LIVES: dict[str, Life] = {}


def life(live: Life) -> Callable[[dict[str, Future[None]]], None]:
    """Has a test tell how a life ended that is lived beside the others."""
    LIVES[live.__name__] = live

    def test(lives: dict[str, Future[None]]) -> None:
        lives[live.__name__].result()

    return test


@pytest.fixture(scope="module")
def lives(
    local_aws: Aws, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[None]]]:
    """The lives that the chosen tests tell of, all begun."""
    local_aws.control.clear_faults()
    chosen = [item.name for item in request.session.items if item.path == Path(__file__)]
    folder = tmp_path_factory.mktemp("lives")
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        yield {
            name: pool.submit(LIVES[name], App(local_aws, folder))
            for name in chosen
            if name in LIVES
        }
    local_aws.control.clear_faults()


# The longest comes first, so that it does not end alone.
STEPS = st.tuples(
    st.integers(1, 3),
    st.booleans(),
    st.sampled_from(["films", "books"]),
    st.sampled_from([None, "lose-answer", "throttle", "server-error", "drop"]),
)


@life
def test_made_up_lives_have_one_job_for_each_request(app: App) -> None:
    @settings(
        max_examples=3,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(STEPS, min_size=4, max_size=4))
    def live(steps: list[tuple[int, bool, str, str | None]]) -> None:
        made_up = App(app.aws, app._folder)
        asked: set[int] = set()
        for place, (results, broken, team, fault) in enumerate(steps):
            if fault is not None:
                made_up.add_fault(CREATE, kind=fault)
            job = {"version": VERSION, "num_results": results, "tags": {"team": team}}
            asked.add(results)
            # A stack that fails when it is made would be made anew, with jobs of its own.
            if broken and place > 0:
                made_up.fail(broken=True, Batch=job)
                assert made_up.status == "UPDATE_ROLLBACK_COMPLETE"
            else:
                made_up.deploy(Batch=job)
                current = results
            assert len(made_up.jobs) == len(asked)
            assert made_up.describe()["numResults"] == current

    live()


@life
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


@life
def test_tags_alone_change_the_job_in_place(app: App) -> None:
    app.deploy(Batch={"version": VERSION, "tags": {"team": "films", "stage": "test"}})
    first = app.output("BatchArn")
    app.deploy(Batch={"version": VERSION, "tags": {"team": "books"}})
    assert app.output("BatchArn") == first
    assert len(app.jobs) == 1
    answer = app.aws.client("personalize").list_tags_for_resource(resourceArn=first)
    assert answer["tags"] == [{"tagKey": "team", "tagValue": "books"}]


@life
def test_the_newest_active_version_is_found(app: App) -> None:
    app.deploy(Batch={"solution": SOLUTION})
    assert app.output("BatchVersion") == VERSION
    assert app.describe()["solutionVersionArn"] == VERSION


@life
def test_a_solution_without_an_active_version_fails_with_what_there_is(app: App) -> None:
    solution = SOLUTION.rpartition("/")[0] + "/local-not-ready"
    text = app.fail(Batch={"solution": solution})
    assert "CREATE FAILED" in text
    assert "CREATE IN_PROGRESS" in text
    assert app.jobs == []


@life
def test_a_lost_answer_makes_no_second_job(app: App) -> None:
    app.add_fault(CREATE, kind="lose-answer")
    app.deploy(Batch={"version": VERSION})
    assert len(app.jobs) == 1


@life
def test_weather_passes(app: App) -> None:
    app.add_fault("DescribeBatchInferenceJob", kind="server-error", times=2)
    app.add_fault(CREATE, kind="throttle", times=2)
    app.add_fault(CREATE, kind="role-not-ready", times=1)
    app.add_fault(CREATE, kind="access-denied", times=1)
    app.deploy(Batch={"version": VERSION})
    assert len(app.jobs) == 1


@life
def test_a_create_that_fails_half_way_is_rolled_back_and_keeps_the_buckets(app: App) -> None:
    app.fail(broken=True, Batch={"version": VERSION})
    assert app.status == "ROLLBACK_COMPLETE"
    # There is no way to stop the job. What becomes of it without its role is not for us to say.
    (name,) = app.jobs
    (job,) = (one for one in app.aws.control.jobs() if one["jobName"] == name)
    bucket = job["jobOutput"]["s3DataDestination"]["path"].split("/")[2]
    app.aws.client("s3").head_bucket(Bucket=bucket)


@life
def test_an_update_that_fails_is_rolled_back_to_the_first_job(app: App) -> None:
    app.deploy(Batch={"version": VERSION})
    first = app.output("BatchArn")
    app.fail(broken=True, Batch={"version": VERSION, "num_results": 3})
    assert app.status == "UPDATE_ROLLBACK_COMPLETE"
    assert app.output("BatchArn") == first
    assert len(app.jobs) == 2
    app.deploy(Batch={"version": VERSION, "num_results": 3})
    assert len(app.jobs) == 2


@life
def test_preflight_refuses_in_seconds_and_makes_no_job(app: App) -> None:
    for arguments, reason in (
        ({"records": [{"itemId": "1"}]}, "userId"),
        ({"uri": "s3://no-such-bucket-of-ours/users/"}, "no-such-bucket-of-ours"),
        ({"version": f"{SOLUTION}/gone"}, f"{SOLUTION}/gone"),
        ({"version": VERSIONS["aws-item-affinity"]}, "aws-item-affinity"),
    ):
        other = App(app.aws, app._folder)
        started = time.monotonic()
        text = other.fail(Batch={"version": VERSION, **arguments})
        # Alone it takes 8 s; here the CLI has company.
        assert time.monotonic() - started < 60
        assert f"Batch inference job {other.name}-Batch-" in text
        assert reason in text
        assert other.jobs == []


@life
def test_a_name_that_another_request_has_is_refused_with_both(app: App) -> None:
    name = f"{app.name}-nightly"
    app.deploy(Batch={"version": VERSION, "job_name": name})
    text = app.fail(Batch={"version": VERSION, "job_name": name, "num_results": 3})
    assert name in text
    assert "numResults" in text
    assert app.status == "UPDATE_ROLLBACK_COMPLETE"


@life
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


@life
def test_waiting_for_a_job_that_is_changed_waits_again(app: App) -> None:
    waiting = {"version": VERSION, "wait_up_to": 60, "poll_interval": 1}
    app.deploy(Batch=waiting)
    assert app.describe()["status"] == "ACTIVE"
    app.deploy(Batch={**waiting, "run_key": "2"})
    assert app.describe()["status"] == "ACTIVE"
    assert len(app.jobs) == 2


@life
def test_a_deployment_waits_for_a_job_of_twenty_seconds(app: App) -> None:
    app.add_fault(CREATE, kind="job-lasts", seconds=20)
    started = time.monotonic()
    app.deploy(Batch={"version": VERSION, "wait_up_to": 600, "poll_interval": 2})
    assert time.monotonic() - started > 20
    assert app.describe()["status"] == "ACTIVE"


@life
def test_a_deployment_waits_for_a_job_that_fails_after_twenty_seconds(app: App) -> None:
    app.add_fault(CREATE, kind="job-fails", seconds=20, reason="The stars were wrong.")
    text = app.fail(Batch={"version": VERSION, "wait_up_to": 600, "poll_interval": 2})
    assert "failed: The stars were wrong." in text
    assert app.status == "ROLLBACK_COMPLETE"


@life
def test_a_failed_job_fails_the_deployment_with_its_reason(app: App) -> None:
    reason = 'Insufficient "privileges" — {"bucket": "ä"} for ${AWS::Region}'
    app.add_fault(CREATE, kind="job-fails", reason=reason)
    waiting = {"version": VERSION, "wait_up_to": 60, "poll_interval": 1}
    text = app.fail(Batch=waiting)
    assert reason in text
    assert f"Batch inference job {app.name}-Batch-" in text
    assert app.status == "ROLLBACK_COMPLETE"


@life
def test_a_job_that_never_ends_fails_the_deployment_when_the_time_is_over(app: App) -> None:
    app.add_fault(CREATE, kind="job-never-ends")
    text = app.fail(Batch={"version": VERSION, "wait_up_to": 3, "poll_interval": 1})
    (name,) = app.jobs
    assert f"Batch inference job {name} is still CREATE IN_PROGRESS after 3 seconds" in text
    assert "wait_up_to" in text


@life
def test_a_job_that_only_the_deployment_changed_is_not_passed_unawaited(app: App) -> None:
    waiting = {"version": VERSION, "wait_up_to": 60, "poll_interval": 1}
    app.deploy("--parameters", "Run=1", Batch=waiting)
    first = app.output("BatchArn")
    text = app.fail("--parameters", "Run=2", Batch=waiting)
    assert "nothing would wait for the new job. Change run_key" in text
    assert app.status == "UPDATE_ROLLBACK_COMPLETE"
    assert app.output("BatchArn") == first
    assert len(app.jobs) == 1


def test_a_job_of_25_minutes_costs_at_most_60_state_transitions(
    lives: dict[str, Future[None]], local_aws: Aws, tmp_path: Path
) -> None:
    # Hours as seconds: the job lasts a thousandth of 25 minutes, and so does each pause.
    app = App(local_aws, tmp_path)
    app.add_fault(CREATE, kind="job-lasts", seconds=1.5)
    local_aws.control.scale_waits(0.001)
    try:
        app.deploy(Batch={"version": VERSION, "wait_up_to": 3600})
    finally:
        local_aws.control.scale_waits(1)
    assert app.describe()["status"] == "ACTIVE"
    client = local_aws.client("stepfunctions")
    machines = (one["stateMachineArn"] for one in client.list_state_machines()["stateMachines"])
    roles = {arn: client.describe_state_machine(stateMachineArn=arn)["roleArn"] for arn in machines}
    (machine,) = (arn for arn, role in roles.items() if app.name in role)
    (execution,) = client.list_executions(stateMachineArn=machine)["executions"]
    events = client.get_execution_history(executionArn=execution["executionArn"], maxResults=1000)[
        "events"
    ]
    entered = [event for event in events if event["type"].endswith("StateEntered")]
    assert 20 < len(entered) <= 60
