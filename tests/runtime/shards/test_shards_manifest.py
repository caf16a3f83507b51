"""The file at the end of a run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from personalize_batch_runtime._shards.errors import InvalidTask, JobsMismatch
from personalize_batch_runtime._shards.types import Quotas
from tests.support.runtime.shards import make_plan, run
from tests.support.s3 import Lines, MemoryS3

MANIFEST = {"bucket": "out", "key": "run/_manifest.json"}


def job(index: int, status: str = "ACTIVE") -> dict[str, Any]:
    return {"index": index, "jobArn": f"arn:{index}", "jobName": f"job-{index}", "status": status}


@pytest.fixture
def planned(s3: MemoryS3) -> Any:
    """A plan of two shards of counted records."""
    s3.put("in", "data/a.json", Lines(2))
    s3.put("in", "data/b.json", Lines(3))
    s3.put("in", "data/b.json.out", b"x")
    return make_plan(s3, Quotas(job_files=1), recordsPerFile=5)


def test_says_what_ran(s3: MemoryS3, planned: Any) -> None:
    result = run(s3, task="manifest", plan=planned, jobs=[job(2), job(1)])
    assert result == {
        "manifestUri": "s3://out/run/_manifest.json",
        "outputUri": "s3://out/run/",
        "status": "COMPLETE",
        "shardCount": 2,
        "succeeded": 2,
        "problems": [],
    }
    width = Lines(1).size
    assert s3.json(MANIFEST) == {
        "version": 1,
        "status": "COMPLETE",
        "inputUri": "s3://in/data/",
        "outputUri": "s3://out/run/",
        "shardCount": 2,
        "succeeded": 2,
        "fileCount": 2,
        "bytes": 5 * width,
        "records": 5,
        "skippedFiles": 1,
        "shards": [
            {
                "index": index,
                "name": f"shard-0000{index}",
                "inputUri": planned["shards"][index - 1]["inputUri"],
                "outputUri": f"s3://out/run/shard-0000{index}/",
                "files": 1,
                "bytes": records * width,
                "records": records,
                "job": job(index),
            }
            for index, records in [(1, 2), (2, 3)]
        ],
    }


@pytest.mark.parametrize(
    ("jobs", "succeeded"),
    [([], 0), ([job(1)], 1), ([job(1), job(2, "CREATE FAILED")], 1)],
)
def test_a_run_without_all_its_jobs_is_incomplete(
    s3: MemoryS3, planned: Any, jobs: list[Any], succeeded: int
) -> None:
    result = run(s3, task="manifest", plan=planned, jobs=jobs)
    assert (result["status"], result["succeeded"]) == ("INCOMPLETE", succeeded)
    problems = [f"shard {one['index']}: no reason given" for one in jobs[succeeded:]]
    assert result["problems"] == problems
    shards = s3.json(MANIFEST)["shards"]
    assert [one["job"] for one in shards] == [*jobs, None, None][:2]


def execution(index: int, status: str, **more: Any) -> dict[str, Any]:
    shard = {"index": index, "name": "x"}
    return {
        "ExecutionArn": f"arn:aws:states:us-east-1:1:execution:a/b:{index}",
        # As a workflow has it, and as a machine that hands on the items themselves.
        "Input": json.dumps({"shard": shard, "jobName": "y"} if index == 2 else shard),
        "Status": status,
        **more,
    }


RESULTS = {
    "SUCCEEDED": [execution(1, "SUCCEEDED", Output=json.dumps(job(1)))],
    "FAILED": [execution(2, "FAILED", Error="States.Timeout", Cause="too slow")],
}


@pytest.mark.parametrize(
    ("results", "second"),
    [
        (RESULTS, {"index": 2, "status": "FAILED", "failureReason": "too slow"}),
        (
            {**RESULTS, "FAILED": [execution(2, "TIMED_OUT", Error="States.Timeout")]},
            {"index": 2, "status": "TIMED_OUT", "failureReason": "States.Timeout"},
        ),
        (
            {**RESULTS, "FAILED": [execution(2, "ABORTED")]},
            {"index": 2, "status": "ABORTED", "failureReason": "no reason given"},
        ),
        # WriterConfig COMPACT: outputs alone.
        ({"SUCCEEDED": [job(1), job(2)], "FAILED": []}, job(2)),
    ],
)
def test_reads_shards_and_results_of_a_distributed_map_from_s3(
    s3: MemoryS3, results: dict[str, list[Any]], second: dict[str, Any]
) -> None:
    s3.put("in", "data/a.json", Lines(2))
    s3.put("in", "data/b.json", Lines(3))
    plan = make_plan(s3, Quotas(job_files=1), inlineShards=0)
    files: dict[str, list[Any]] = {"PENDING": []}
    for status, executions in results.items():
        key = f"map/{status}_0.json"
        s3.put("out", key, json.dumps(executions).encode())
        files[status] = [{"Key": key, "Size": 1}]
    written = {"DestinationBucket": "out", "MapRunArn": "arn:", "ResultFiles": files}
    s3.put("out", "map/manifest.json", json.dumps(written).encode())
    place = {"bucket": "out", "key": "map/manifest.json"}
    run(s3, task="manifest", plan=plan, jobsFrom=place)
    first, other = (one["job"] for one in s3.json(MANIFEST)["shards"])
    assert first == job(1)
    assert other == second


@pytest.mark.parametrize(
    "jobs",
    [[job(0)], [job(3)], [job(1), job(1)], [{"jobArn": "arn:1"}], [{"index": "1"}], ["ACTIVE"]],
)
def test_jobs_of_other_shards_are_refused(s3: MemoryS3, planned: Any, jobs: list[Any]) -> None:
    with pytest.raises(JobsMismatch, match="index of a shard, 1 to 2, and no other job the same"):
        run(s3, task="manifest", plan=planned, jobs=jobs)
    assert MANIFEST["key"] not in s3.objects["out"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"plan": None}, "plan must be an answer of the task plan, of version 1, got 'None'"),
        ({"plan": {"version": 2}}, "plan must be an answer of the task plan"),
        ({"jobs": None}, "takes either jobs, a list, or jobsFrom"),
        ({"jobs": [], "jobsFrom": {"bucket": "b", "key": "k"}}, "takes either jobs"),
        ({"jobs": None, "jobsFrom": {"Bucket": "b"}}, "takes either jobs"),
    ],
)
def test_an_event_of_another_form_is_refused(
    s3: MemoryS3, planned: Any, change: dict[str, Any], text: str
) -> None:
    with pytest.raises(InvalidTask) as raised:
        run(s3, **{"task": "manifest", "plan": planned, "jobs": [], **change})
    assert text in str(raised.value)


@pytest.mark.aws("a run key again after a redriven success")
@pytest.mark.parametrize("jobs", [[job(1)], [job(1), job(2, "CREATE FAILED")], []])
def test_a_finished_manifest_stays(s3: MemoryS3, planned: Any, jobs: list[Any]) -> None:
    run(s3, task="manifest", plan=planned, jobs=[job(1), job(2)])
    finished = s3.json(MANIFEST)
    result = run(s3, task="manifest", plan=planned, jobs=jobs)
    assert result["status"] == "INCOMPLETE"
    assert s3.json(MANIFEST) == finished


def test_a_manifest_that_is_not_finished_is_replaced(s3: MemoryS3, planned: Any) -> None:
    s3.put("out", MANIFEST["key"], b"torn {")
    for jobs, succeeded in (([job(1)], 1), ([], 0), ([job(1), job(2)], 2)):
        run(s3, task="manifest", plan=planned, jobs=jobs)
        assert s3.json(MANIFEST)["succeeded"] == succeeded


@pytest.mark.aws("results of shards that outgrow a state")
def test_ten_thousand_results_become_a_manifest(s3: MemoryS3, planned: Any) -> None:
    count = 10_000
    item = planned["shards"][0]
    items = [{**item, "index": index, "name": f"shard-{index:05}"} for index in range(1, count + 1)]
    s3.put("out", "plan/shards.json", json.dumps(items).encode())
    reader = {"bucket": "out", "key": "plan/shards.json"}
    plan = {**planned, "shardCount": count, "shards": [], "itemReader": reader}
    done = [
        {**execution(index, "SUCCEEDED"), "Output": json.dumps(job(index))}
        for index in range(1, count)
    ]
    s3.put("out", "map/SUCCEEDED_0.json", json.dumps(done[: count // 2]).encode())
    s3.put("out", "map/SUCCEEDED_1.json", json.dumps(done[count // 2 :]).encode())
    failed = job(count, "CREATE FAILED") | {"failureReason": "no such column"}
    ended = {**execution(count, "SUCCEEDED"), "Output": json.dumps(failed)}
    s3.put("out", "map/SUCCEEDED_2.json", json.dumps([ended]).encode())
    files = [{"Key": f"map/SUCCEEDED_{number}.json", "Size": 1} for number in range(3)]
    written = {"DestinationBucket": "out", "ResultFiles": {"SUCCEEDED": files, "FAILED": []}}
    s3.put("out", "map/manifest.json", json.dumps(written).encode())
    place = {"bucket": "out", "key": "map/manifest.json"}
    result = run(s3, task="manifest", plan=plan, jobsFrom=place)
    assert (result["status"], result["shardCount"]) == ("INCOMPLETE", count)
    assert (result["succeeded"], result["problems"]) == (
        count - 1,
        [f"shard {count}: no such column"],
    )
    # The answer is data of a state, whatever the number of shards.
    assert len(json.dumps(result)) < 1_000
    assert [one["job"]["index"] for one in s3.json(MANIFEST)["shards"]] == list(range(1, count + 1))
