"""Runs over more input than one job takes."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_personalize_batch.states.machines.workflow import workflow_definition
from tests.support.states.facts import make_facts
from tests.support.states.machine import Failed, Machine, TaskError
from tests.support.states.workflow import Workflow


@pytest.fixture
def large(workflow: Workflow) -> Workflow:
    workflow.services.objects = {f"users/{n:04}": 1 for n in range(1001)}
    workflow.shard(3)
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
        "inlineShards": 0,
    }
    assert [job["index"] for job in large.services.results] == [1, 2, 3]
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
    assert output["jobs"] == []
    assert large.services.results[2] == {
        "index": 3,
        "jobArn": large.services.arn("BatchInferenceJob", list(large.services.jobs)[2]),
        "jobName": list(large.services.jobs)[2],
        "status": "ACTIVE",
        "outputUri": "s3://out/Films-Nightly/night/shard-00003/",
    }


def test_half_a_billion_records_cost_some_50_transitions_a_shard(large: Workflow) -> None:
    # 500 million records of some 20 bytes are 10 GB: eleven shards.
    large.shard(11)
    large.services.looks = 13
    machine, output = large.start()
    assert output["counts"]["jobs"] == 11
    assert len(machine.entered) <= 11 * 50 + 25
    assert [name for name, _ in machine.calls].count("copy") == 11


def test_a_failed_shard_is_named_and_a_redrive_runs_only_that(
    large: Workflow,
) -> None:
    large.services.ends = {"-00002": "CREATE FAILED"}
    machine, (error, cause) = large.start()
    assert error == "States.QueryEvaluationError"
    assert "1 of 3 shards failed: shard 2: No such column (arn:" in cause
    assert "Manifest: s3://out/Films-Nightly/night/_manifest.json" in cause
    large.services.ends["-00002-2"] = "CREATE FAILED"
    with pytest.raises(Failed, match="1 of 3 shards failed"):
        machine.redrive()
    output = machine.redrive()
    names = [name[-8:] for name in large.services.jobs]
    assert [name.rpartition("-000")[2] for name in names] == ["01", "02", "03", "02-2", "02-3"]
    assert output["counts"]["jobs"] == 3
    assert large.services.results[1]["jobName"].endswith("-00002-3")


def test_only_a_few_of_many_failures_are_shown(large: Workflow) -> None:
    large.shard(30)
    large.services.ends = {"": "CREATE FAILED"}
    large.services.reason = "y" * 5000
    _, (_, cause) = large.start()
    assert "30 of 30 shards failed" in cause
    assert cause.count("yyyy; shard ") == 2
    assert len(cause) < 2000


def test_a_task_that_fails_is_its_shards_failure_only(
    large: Workflow,
) -> None:
    def copy(event: dict[str, Any]) -> dict[str, Any]:
        if event["shard"]["index"] == 2:
            raise TaskError("ShardMismatch", "something else writes there")
        return dict(event["shard"])

    tasks = {**large.services.tasks(), "copy": copy}
    machine = Machine(workflow_definition(make_facts()), tasks)
    with pytest.raises(Failed, match="1 of 3 shards failed: shard 2: something else writes"):
        machine.run()
    (job,) = (job for job in large.services.results if job["index"] == 2)
    assert job["status"] == "NOT CREATED"
    assert len(large.services.jobs) == 2
    machine.tasks = large.services.tasks()
    machine.redrive()
    assert len(large.services.jobs) == 3
