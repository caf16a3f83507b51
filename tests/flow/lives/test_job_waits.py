"""Deployments that wait for their jobs, by the real CDK CLI."""

from __future__ import annotations

from pathlib import Path

from tests.support.flow.library.lives import CREATE, VERSION, VERSIONS, App, Lives, life
from tests.support.flow.running_aws import RunningAws


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
def test_a_job_runs_after_the_end_of_another_one(app: App) -> None:
    app.add_fault(CREATE, kind="job-lasts", seconds=10)
    app.deploy(
        First={"version": VERSION, "wait_up_to": 600, "poll_interval": 2},
        Second={"version": VERSION, "runs_after": True},
    )
    assert app.describe("FirstArn")["status"] == "ACTIVE"
    ended = app.describe("FirstArn")["lastUpdatedDateTime"]
    assert app.describe("SecondArn")["creationDateTime"] >= ended


@life
def test_a_deployment_waits_for_a_job_of_twenty_seconds(app: App) -> None:
    app.add_fault(CREATE, kind="job-lasts", seconds=20)
    app.deploy(Batch={"version": VERSION, "wait_up_to": 600, "poll_interval": 2})
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
    lives: Lives, local_aws: RunningAws, tmp_path: Path
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
    # Fewer than 20 where the machine is busy; tests/states counts with a clock of its own.
    assert 3 < len(entered) <= 60
