"""Each state of a workflow, with the services made up: what it asks, and where it goes."""

# The fixtures are of classes that test modules cannot import.
# ruff: noqa: ANN401

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from cdk_personalize_batch._workflow_definition import workflow_definition
from personalize_batch_runtime._shard_types import Manifest, ManifestShard

PERSONALIZE = "arn:aws:personalize:eu-west-1:123456789012"
SOLUTION = f"{PERSONALIZE}:solution/films"
MEGABYTE = 1_000_000


class Workflow:
    """A workflow, its services, and how its executions end."""

    def __init__(self, facts: Any, services: Any, machine_of: Any, failure: Any) -> None:
        self.services, self._facts = services, facts
        self._machine_of, self._failure = machine_of, failure

    def start(self, content: Any = None, name: str = "night", **changes: Any) -> Any:
        """Runs an execution; answers the machine, and its output or how it failed."""
        definition = workflow_definition(self._facts(**changes))
        machine = self._machine_of(definition, self.services.tasks())
        try:
            return machine, machine.run(content, name)
        except self._failure as failed:
            return machine, (failed.error, failed.cause)


@pytest.fixture
def workflow(facts: Any, services: Any, machine_of: Any, failure: Any) -> Workflow:
    return Workflow(facts, services, machine_of, failure)


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
    workflow: Workflow, facts: Any, machine_of: Any, failure: Any, task_error: Any
) -> None:
    def put(_: object) -> None:
        raise task_error("S3.S3Exception", "Slow down")

    machine = machine_of(
        workflow_definition(facts()), {**workflow.services.tasks(), "putObject": put}
    )
    with pytest.raises(failure, match="Slow down"):
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
        {"kind": "BatchSegmentJob", "records_per_file": None},
        {
            "kind": "BatchSegmentJob",
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


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ([], "the input must be a JSON object such as {}"),
        ("x", "the input must be a JSON object such as {}"),
        ({"num_results": 1}, "unknown key num_results; known are filterArn, inputUri, numResults"),
        ({"a": 1, "b": 2}, "unknown key a, b; known are"),
        ({"numResults": 0}, "numResults must be a whole number of at least 1, got 0"),
        ({"numResults": 1.5}, "numResults must be a whole number of at least 1, got 1.5"),
        ({"numResults": "5"}, "numResults must be a whole number of at least 1, got 5"),
        ({"numResults": None}, "numResults must be a whole number of at least 1, got null"),
        ({"filterArn": "new"}, "filterArn must be an ARN like arn:aws:personalize:REGION"),
        ({"inputUri": "s3://in/others/"}, "inputUri must begin with s3://in/users/"),
        ({"inputUri": 1}, "inputUri must begin with s3://in/users/"),
        ({"runKey": ""}, "runKey must be a string that is not empty"),
        ({"runKey": 7}, "runKey must be a string that is not empty, got 7"),
        ({"skipIfRunning": "yes"}, "skipIfRunning must be true or false, got yes"),
        ({"numResults": 0, "runKey": ""}, "got 0; runKey must be"),
    ],
)
def test_wrong_input_is_refused_with_what_is_wrong(
    workflow: Workflow, content: Any, problem: str
) -> None:
    machine, (error, cause) = workflow.start(content)
    assert error == "InvalidInput"
    assert problem in cause
    assert machine.calls == []


def test_the_largest_number_of_users_in_a_segment_is_kept(workflow: Workflow) -> None:
    _, (error, cause) = workflow.start({"numResults": 6}, most_results=5)
    assert (error, cause) == (
        "InvalidInput",
        "numResults must be a whole number from 1 to 5, got 6",
    )


def test_all_keys_and_the_link_of_a_parent_are_taken(workflow: Workflow) -> None:
    content = {
        "inputUri": "s3://in/users/a.json",
        "numResults": 3,
        "filterArn": f"{PERSONALIZE}:filter/unseen",
        "runKey": "monday",
        "skipIfRunning": False,
        "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": "arn:aws:states:…",
    }
    machine, output = workflow.start(content)
    request = dict(machine.calls)["createBatchInferenceJob"]
    assert output["run"] == "monday"
    assert request["FilterArn"] == content["filterArn"]
    assert request["JobInput"]["S3DataSource"]["Path"] == "s3://in/users/a.json"


@pytest.mark.parametrize(
    ("name", "run"),
    [
        ("2026-11-24", "2026-11-24"),
        ("2026-11-24T02:00:00Z", "2026-11-24T02-00-00Z"),
        ("a" * 64, "a" * 64),
        # What is no plain folder: too long, other letters, hidden from Athena.
        ("a" * 65, None),
        ("über alles", None),
        ("_hidden", None),
    ],
)
def test_the_folder_of_a_run_is_its_name_where_that_is_plain(
    workflow: Workflow, name: str, run: str | None
) -> None:
    _, by_name = workflow.start(name=name)
    _, by_key = workflow.start({"runKey": name})
    if run is None:
        assert re.fullmatch("run-[0-9a-f]{24}", by_name["run"])
    else:
        assert by_name["run"] == run
    # One run, one job, however it was named.
    assert by_name["jobs"] == by_key["jobs"]


def test_other_runs_have_other_jobs(workflow: Workflow) -> None:
    for name in ("one", "two"):
        workflow.start(name=name, slug="S" * 40)
    assert len(workflow.services.jobs) == 2
    assert max(map(len, workflow.services.jobs)) <= 63


def version(number: int, status: str = "ACTIVE") -> dict[str, str]:
    return {
        "SolutionVersionArn": f"{SOLUTION}/{number}",
        "Status": status,
        "CreationDateTime": f"2026-11-{number:02}T00:00:00.000Z",
    }


@pytest.mark.parametrize(
    ("pages", "newest"),
    [
        ([[version(1)]], 1),
        ([[version(1), version(3), version(2)]], 3),
        ([[version(3, "CREATE IN_PROGRESS"), version(2)]], 2),
        ([[version(1), version(4)], [], [version(2), version(3)]], 4),
        ([[version(9, "CREATE FAILED")], [version(5)]], 5),
    ],
)
def test_the_newest_active_version_is_taken(
    workflow: Workflow, pages: list[Any], newest: int
) -> None:
    workflow.services.versions = pages
    _, output = workflow.start(solution_version_arn=None, solution_arn=SOLUTION)
    assert output["solutionVersionArn"] == f"{SOLUTION}/{newest}"


def test_no_active_version_is_a_failure(workflow: Workflow) -> None:
    workflow.services.versions = [[version(1, "CREATE FAILED")], []]
    _, (error, cause) = workflow.start(solution_version_arn=None, solution_arn=SOLUTION)
    assert error == "NoActiveVersion"
    assert cause.startswith(f"the solution {SOLUTION} has no version that is ACTIVE")


@pytest.mark.parametrize(
    ("objects", "content", "expected"),
    [
        ({"users/a.json": 30}, {}, "job"),
        ({"users/": 0, "users/a.json": 30, "users/b/": 0}, {}, "job"),
        ({f"users/{n:04}": 1 for n in range(1000)}, {}, "job"),
        ({f"users/{n:04}": 1 for n in range(1001)}, {}, "plan"),
        ({"users/a": 500 * MEGABYTE, "users/b": 500 * MEGABYTE}, {}, "job"),
        ({"users/a": 500 * MEGABYTE, "users/b": 500 * MEGABYTE + 1}, {}, "plan"),
        ({"users/a": 750 * MEGABYTE}, {}, "job"),
        ({"users/a": 750 * MEGABYTE + 1}, {}, "plan"),
        ({"users/a.json": 30, "users/a.json.out": 30}, {}, "plan"),
        ({"users/a.json": 30, "users/_manifest.json": 30}, {}, "plan"),
        ({"users/a.json": 30, "users/_SUCCESS": 0}, {}, "plan"),
        ({"users/a.json": 30, "users/a.json2": 30}, {"inputUri": "s3://in/users/a.json"}, "plan"),
        ({"users/a.json": 30, "users/b.json": 30}, {"inputUri": "s3://in/users/a.json"}, "job"),
        ({"users/a.json": 30}, {"inputUri": "s3://in/users/a"}, "job"),
        ({}, {}, "InputNotFound"),
        ({"users/": 0}, {}, "InputNotFound"),
        ({"users/a.json.out": 5, "users/empty": 0}, {}, "InputNotFound"),
        ({"other/a.json": 30}, {}, "InputNotFound"),
    ],
)
def test_input_within_the_quotas_is_used_as_it_lies(
    workflow: Workflow, objects: dict[str, int], content: Any, expected: str
) -> None:
    workflow.services.objects = objects
    workflow.services.plan = sharded(1)
    machine, output = workflow.start(content)
    called = [name for name, _ in machine.calls]
    if expected == "InputNotFound":
        assert output[0] == expected
        assert "createBatchInferenceJob" not in called
    else:
        assert ("plan" in called) == (expected == "plan")
        assert output["run"] == "night"


@pytest.mark.parametrize(
    ("recipe", "size", "expected"),
    [
        ("aws-item-affinity", 7500, "job"),
        ("aws-item-affinity", 7501, "plan"),
        ("aws-item-attribute-affinity", 150, "job"),
        ("aws-item-attribute-affinity", 151, "plan"),
    ],
)
def test_the_recipe_decides_how_large_a_segment_file_may_be(
    workflow: Workflow, recipe: str, size: int, expected: str
) -> None:
    services = workflow.services
    services.recipe, services.objects, services.plan = recipe, {"users/a": size}, sharded(1)
    machine, _ = workflow.start(kind="BatchSegmentJob", records_per_file=None)
    called = dict(machine.calls)
    assert ("plan" in called) == (expected == "plan")
    if expected == "plan":
        assert called["plan"]["recordsPerFile"] == size // 15


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
        ({"numResults": 9}, {}, "NumResults"),
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


@pytest.mark.parametrize(
    ("running", "skipped"),
    [
        (["night"], None),
        ([], None),
        (["later", "night"], None),
        (["night", "evening"], "evening"),
        (["later", "night", "evening", "noon"], "evening"),
        (["night2", "night"], None),
    ],
)
def test_a_run_is_skipped_only_for_one_that_started_earlier(
    workflow: Workflow, running: list[str], skipped: str | None
) -> None:
    workflow.services.running = [running]
    machine, output = workflow.start({"skipIfRunning": True})
    if skipped is None:
        # Also where the list does not have this execution yet.
        assert output["jobs"]
    else:
        assert output["skippedFor"].endswith(f":{skipped}")
        assert len(machine.calls) == 1


def sharded(shards: int, *, reader: bool = False) -> dict[str, Any]:
    """The answer of the task plan."""
    items = [
        {
            "index": index,
            "name": f"shard-{index:05}",
            "inputUri": f"s3://out/_work/night/shard-{index:05}/",
            "outputUri": f"s3://out/Films-Nightly/night/shard-{index:05}/",
            "copyList": {"bucket": "out", "key": "k"} if index > 1 else None,
        }
        for index in range(1, shards + 1)
    ]
    return {
        "version": 1,
        "outputUri": "s3://out/Films-Nightly/night/",
        "shardCount": shards,
        "fileCount": 3,
        "bytes": 12,
        "records": 7,
        "shards": [] if reader else items,
        "itemReader": {"bucket": "out", "key": "plan/shards.json"} if reader else None,
    }


@pytest.fixture
def large(workflow: Workflow) -> Workflow:
    workflow.services.objects = {f"users/{n:04}": 1 for n in range(1001)}
    workflow.services.plan = sharded(3)
    return workflow


def test_large_input_is_planned_copied_and_run_in_shards(large: Workflow) -> None:
    machine, output = large.start(output_key_arn="arn:out", input_key_arn="arn:in")
    calls = dict(machine.calls)
    assert calls["plan"] == {
        "task": "plan",
        "inputUri": "s3://in/users/",
        "workUri": "s3://out/_work/Films-Nightly/night/",
        "outputUri": "s3://out/Films-Nightly/night/",
        "recordsPerFile": 50_000_000,
        "inlineShards": 40,
    }
    assert [job["index"] for job in calls["manifest"]["jobs"]] == [1, 2, 3]
    assert calls["manifest"]["plan"] == large.services.plan
    requests = list(large.services.jobs.values())
    assert [one["JobInput"]["S3DataSource"] for one in requests] == [
        # The first one lies where it lay; the copies have the key of the bucket that they are in.
        {"KmsKeyArn": "arn:in", "Path": "s3://out/_work/night/shard-00001/"},
        {"KmsKeyArn": "arn:out", "Path": "s3://out/_work/night/shard-00002/"},
        {"KmsKeyArn": "arn:out", "Path": "s3://out/_work/night/shard-00003/"},
    ]
    assert [name[-6:] for name in large.services.jobs] == ["-00001", "-00002", "-00003"]
    assert output["counts"] == {"jobs": 3, "files": 3, "bytes": 12, "records": 7}
    assert output["manifestUri"] == "s3://out/Films-Nightly/night/_manifest.json"
    assert output["jobs"][2] == {
        "jobArn": large.services.arn("BatchInferenceJob", list(large.services.jobs)[2]),
        "jobName": list(large.services.jobs)[2],
        "status": "ACTIVE",
        "outputUri": "s3://out/Films-Nightly/night/shard-00003/",
    }


def test_half_a_billion_records_cost_some_50_transitions_a_shard(large: Workflow) -> None:
    # 500 million records of some 20 bytes are 10 GB: eleven shards.
    large.services.plan, large.services.looks = sharded(11), 13
    machine, output = large.start()
    assert output["counts"]["jobs"] == 11
    assert len(machine.entered) <= 11 * 50 + 25
    assert [name for name, _ in machine.calls].count("copy") == 11


def test_a_distributed_map_does_the_same_without_variables(large: Workflow) -> None:
    large.services.plan, large.services.items = sharded(3, reader=True), sharded(3)["shards"]
    machine, output = large.start()
    assert "RunManyShards" in machine.entered
    assert len(large.services.jobs) == 3
    assert output["jobs"] == []
    assert output["counts"]["jobs"] == 3


def test_a_failed_shard_is_named_and_a_redrive_runs_only_that(
    large: Workflow, failure: type[Exception]
) -> None:
    large.services.ends = {"-00002": "CREATE FAILED"}
    machine, (error, cause) = large.start()
    assert error == "States.QueryEvaluationError"
    assert "1 of 3 shards failed: shard 2: No such column (arn:" in cause
    assert "Manifest: s3://out/Films-Nightly/night/_manifest.json" in cause
    large.services.ends["-00002-2"] = "CREATE FAILED"
    with pytest.raises(failure, match="1 of 3 shards failed"):
        machine.redrive()
    output = machine.redrive()
    names = [name[-8:] for name in large.services.jobs]
    assert [name.rpartition("-000")[2] for name in names] == ["01", "02", "03", "02-2", "02-3"]
    assert output["jobs"][1]["jobName"].endswith("-00002-3")


def test_only_a_few_of_many_failures_are_shown(large: Workflow) -> None:
    large.services.plan, large.services.ends = sharded(30), {"": "CREATE FAILED"}
    large.services.reason = "y" * 5000
    _, (_, cause) = large.start()
    assert "30 of 30 shards failed" in cause
    assert cause.count("yyyy; shard ") == 2
    assert len(cause) < 2000


def test_a_task_that_fails_is_its_shards_failure_only(
    large: Workflow, facts: Any, machine_of: Any, failure: Any, task_error: Any
) -> None:
    def copy(event: dict[str, Any]) -> dict[str, Any]:
        if event["shard"]["index"] == 2:
            raise task_error("ShardMismatch", "something else writes there")
        return dict(event["shard"])

    tasks = {**large.services.tasks(), "copy": copy}
    machine = machine_of(workflow_definition(facts()), tasks)
    with pytest.raises(failure, match="1 of 3 shards failed: shard 2: something else writes"):
        machine.run()
    (job,) = (job for job in dict(machine.calls)["manifest"]["jobs"] if job["index"] == 2)
    assert job["status"] == "NOT CREATED"
    assert len(large.services.jobs) == 2
    machine.tasks = large.services.tasks()
    machine.redrive()
    assert len(large.services.jobs) == 3


def test_figures_that_cannot_be_written_cost_no_run(
    workflow: Workflow, facts: Any, machine_of: Any, task_error: Any
) -> None:
    def put(_: object) -> None:
        raise task_error("CloudWatch.CloudWatchException", "throttled")

    tasks = {**workflow.services.tasks(), "putMetricData": put}
    machine = machine_of(workflow_definition(facts()), tasks)
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


def all_states(states: dict[str, Any], visit: Callable[[str, dict[str, Any]], None]) -> None:
    for name, state in states.items():
        visit(name, state)
        if "ItemProcessor" in state:
            all_states(state["ItemProcessor"]["States"], visit)


def test_every_task_is_tried_again_and_every_state_has_its_own_name(facts: Any) -> None:
    seen: list[str] = []

    def visit(name: str, state: dict[str, Any]) -> None:
        seen.append(name)
        if state["Type"] == "Task" and name != "Measure":
            assert state["Retry"], name

    definition = workflow_definition(facts(solution_version_arn=None, solution_arn=SOLUTION))
    all_states(definition["States"], visit)
    assert len(seen) == len(set(seen))


def test_a_full_quota_is_waited_for_as_long_as_the_run_may_take(facts: Any) -> None:
    definition = workflow_definition(facts())
    busy, transient = definition["States"]["CreateJob"]["Retry"]
    assert "Personalize.LimitExceededException" in busy["ErrorEquals"]
    assert busy["MaxAttempts"] * busy["IntervalSeconds"] > 86_400 * 30
    assert busy["MaxDelaySeconds"] == 300
    assert transient["MaxAttempts"] == 8
    assert definition["TimeoutSeconds"] == 86_400
