"""Each state of a workflow, with the services made up: what it asks, and where it goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cdk_personalize_batch.request.kind import SEGMENT
from cdk_personalize_batch.states.machines.workflow import workflow_definition
from personalize_batch_runtime._shards.types import Manifest, ManifestShard
from tests.support.states.facts import PERSONALIZE, make_facts
from tests.support.states.machine import Failed, Machine, TaskError
from tests.support.states.workflow import SOLUTION, Workflow, version


def all_states(states: dict[str, Any], visit: Callable[[str, dict[str, Any]], None]) -> None:
    for name, state in states.items():
        visit(name, state)
        if "ItemProcessor" in state:
            all_states(state["ItemProcessor"]["States"], visit)


def test_a_run_asks_for_one_job_and_answers_with_its_document(workflow: Workflow) -> None:
    machine, output = workflow.start({"numResults": 10})
    (name,) = workflow.services.jobs
    assert machine.calls[1] == (
        "createBatchInferenceJob",
        {
            "RoleArn": "arn:aws:iam::123456789012:role/personalize",
            "NumResults": 10,
            "SolutionVersionArn": f"{SOLUTION}/1",
            "JobInput": {"S3DataSource": {"Path": "s3://in/users/"}},
            "JobOutput": {"S3DataDestination": {"Path": "s3://out/Films-Nightly/night/"}},
            "JobName": name,
        },
    )
    assert output == {
        "version": 1,
        "run": "night",
        "inputUri": "s3://in/users/",
        "outputUri": "s3://out/Films-Nightly/night/",
        "solutionVersionArn": f"{SOLUTION}/1",
        "jobs": [
            {
                "jobArn": f"{PERSONALIZE}:batch-inference-job/{name}",
                "jobName": name,
                "status": "ACTIVE",
                "outputUri": "s3://out/Films-Nightly/night/",
            }
        ],
        "counts": {"jobs": 1, "files": 1, "bytes": 30},
        "manifestUri": "s3://out/Films-Nightly/night/_manifest.json",
        "seconds": 120,
    }


def test_a_run_of_one_job_writes_the_manifest_that_a_run_of_one_shard_would(
    workflow: Workflow,
) -> None:
    services = workflow.services
    services.objects = {"users/a.json": 30, "users/b.json": 12}
    machine, output = workflow.start()
    (job,) = output["jobs"]
    places = {"inputUri": "s3://in/users/", "outputUri": "s3://out/Films-Nightly/night/"}
    ((_, put),) = (call for call in machine.calls if call[0] == "putObject")
    assert f"s3://{put['Bucket']}/{put['Key']}" == output["manifestUri"]
    written = put["Body"]
    assert written == {
        "version": 1,
        "status": "COMPLETE",
        **places,
        "shardCount": 1,
        "succeeded": 1,
        "fileCount": 2,
        "bytes": 42,
        "records": None,
        "skippedFiles": 0,
        "shards": [
            {
                "index": 1,
                "name": "shard-00001",
                **places,
                "files": 2,
                "bytes": 42,
                "records": None,
                "job": {
                    "index": 1,
                    "jobArn": job["jobArn"],
                    "jobName": job["jobName"],
                    "status": "ACTIVE",
                },
            }
        ],
    }
    assert written.keys() == Manifest.__required_keys__
    assert written["shards"][0].keys() == ManifestShard.__required_keys__


def test_a_manifest_that_cannot_be_written_fails_the_run_and_a_redrive_writes_it(
    workflow: Workflow,
) -> None:
    def put(_: object) -> None:
        raise TaskError("S3.S3Exception", "Slow down")

    machine = Machine(
        workflow_definition(make_facts()), {**workflow.services.tasks(), "putObject": put}
    )
    with pytest.raises(Failed, match="Slow down"):
        machine.run()
    machine.tasks = workflow.services.tasks()
    assert machine.redrive()["manifestUri"].endswith("/night/_manifest.json")
    assert len(workflow.services.jobs) == 1


def test_keys_are_given_where_there_are_some(workflow: Workflow) -> None:
    machine, _ = workflow.start(input_key_arn="arn:in", output_key_arn="arn:out")
    request = machine.calls[1][1]
    assert request["JobInput"]["S3DataSource"]["KmsKeyArn"] == "arn:in"
    assert request["JobOutput"]["S3DataDestination"]["KmsKeyArn"] == "arn:out"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"solution_version_arn": None, "solution_arn": SOLUTION},
        {"kind": SEGMENT, "records_per_file": None},
        {
            "kind": SEGMENT,
            "records_per_file": None,
            "solution_version_arn": None,
            "solution_arn": SOLUTION,
        },
    ],
    ids=["version", "newest", "segment", "newest segment"],
)
def test_a_job_of_25_minutes_costs_at_most_60_transitions_and_no_function(
    workflow: Workflow, changes: dict[str, Any]
) -> None:
    version = {"SolutionVersionArn": f"{SOLUTION}/1", "Status": "ACTIVE", "CreationDateTime": "1"}
    workflow.services.versions = [[version]]
    # It is ACTIVE at the first look after 25 minutes.
    workflow.services.looks = -(-25 * 60 // 120)
    machine, output = workflow.start({"skipIfRunning": True}, **changes)
    assert output["seconds"] >= 25 * 60
    # The start of the execution is one too.
    assert len(machine.entered) + 1 <= 60
    assert {name for name, _ in machine.calls} & {"plan", "copy", "manifest"} == set()


def test_each_end_of_a_job_is_told(workflow: Workflow) -> None:
    services = workflow.services
    ends = {
        "CREATE FAILED": ("JobFailed", "No such column (arn:"),
        "FAILED": ("JobFailed", "No such column (arn:"),
        "PAUSED": ("UnknownStatus", "has the status PAUSED, which is none that is known"),
    }
    for status, (error, text) in ends.items():
        services.ends = {"": status}
        _, (found, cause) = workflow.start(name=status)
        assert found == error
        assert text in cause
    services.reason, services.ends = None, {"": "FAILED"}
    _, (_, cause) = workflow.start(name="silent")
    assert cause.startswith("no reason was given (arn:")


@pytest.mark.parametrize("status", ["CREATE PENDING", "CREATE IN_PROGRESS", "PENDING"])
def test_a_running_job_is_waited_for(workflow: Workflow, status: str) -> None:
    workflow.services.looks = 4
    machine, output = workflow.start()
    assert machine.entered.count("Wait") == 4
    assert output["seconds"] == 480


def test_a_long_reason_is_cut(workflow: Workflow) -> None:
    workflow.services.ends, workflow.services.reason = {"": "FAILED"}, "x" * 9000
    _, (_, cause) = workflow.start()
    assert len(cause) == 4000


@pytest.mark.parametrize(
    ("content", "changes", "differs"),
    [
        ({}, {}, None),
        ({"numResults": 25}, {}, None),
        # What a job answers with is what it generated.
        ({"numResults": 9}, {}, None),
        ({"filterArn": f"{PERSONALIZE}:filter/new"}, {}, "FilterArn"),
        ({"inputUri": "s3://in/users/a.json"}, {}, "JobInput.S3DataSource.Path"),
        ({}, {"output_uri": "s3://out/other/"}, "JobOutput.S3DataDestination.Path"),
        ({}, {"solution_version_arn": f"{SOLUTION}/2"}, "SolutionVersionArn"),
        ({}, {"solution_version_arn": None, "solution_arn": SOLUTION}, None),
    ],
)
def test_a_job_of_the_name_is_taken_only_for_the_same_request(
    workflow: Workflow, content: dict[str, Any], changes: dict[str, Any], differs: str | None
) -> None:
    workflow.services.versions = [[version(2)]]
    workflow.start({"runKey": "monday"})
    _, output = workflow.start({"runKey": "monday", **content}, **changes)
    assert len(workflow.services.jobs) == 1
    if differs is None:
        assert output["run"] == "monday"
    else:
        assert output[0] == "JobNameTaken"
        assert f"which differs in {differs}. Names of jobs cannot be used twice" in output[1]


def test_figures_that_cannot_be_written_cost_no_run(
    workflow: Workflow,
) -> None:
    def put(_: object) -> None:
        raise TaskError("CloudWatch.CloudWatchException", "throttled")

    tasks = {**workflow.services.tasks(), "putMetricData": put}
    machine = Machine(workflow_definition(make_facts()), tasks)
    assert machine.run()["run"] == "night"
    ((_, data),) = (call for call in machine.calls if call[0] == "putMetricData")
    assert data["Namespace"] == "PersonalizeBatch"
    assert data["MetricData"] == [
        {
            "MetricName": "Bytes",
            "Value": 30,
            "Unit": "Bytes",
            "Dimensions": [{"Name": "Workflow", "Value": "Films-Nightly"}],
        }
    ]


def test_every_task_is_tried_again_and_every_state_has_its_own_name() -> None:
    seen: list[str] = []

    def visit(name: str, state: dict[str, Any]) -> None:
        seen.append(name)
        if state["Type"] == "Task" and name != "Measure":
            assert state["Retry"], name

    definition = workflow_definition(make_facts(solution_version_arn=None, solution_arn=SOLUTION))
    all_states(definition["States"], visit)
    assert len(seen) == len(set(seen))


def test_a_full_quota_is_waited_for_as_long_as_the_run_may_take() -> None:
    definition = workflow_definition(make_facts())
    busy, transient = definition["States"]["CreateJob"]["Retry"]
    assert "Personalize.LimitExceededException" in busy["ErrorEquals"]
    assert busy["MaxAttempts"] * busy["IntervalSeconds"] > 86_400 * 30
    assert busy["MaxDelaySeconds"] == 300
    assert transient["MaxAttempts"] == 8
    assert definition["TimeoutSeconds"] == 86_400
