"""What a plan says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from personalize_batch_runtime import shards
from personalize_batch_runtime._shards.types import Quotas
from tests.support.runtime.shards import make_plan, run
from tests.support.s3 import Lines, MemoryS3

USERS = b'{"userId":"1"}\n'
MB = 1_000_000


@pytest.mark.parametrize(
    ("keys", "input_uri", "used"),
    [
        (["data/a.json"], "s3://in/data/a.json", "s3://in/data/a.json"),
        (["data/a.json"], "s3://in/data/", "s3://in/data/a.json"),
        (["data/a.json", "data/b.json"], "s3://in/data/", "s3://in/data/"),
        (["data/a.json", "data/b.json", "data2/c.json"], "s3://in/data/", "s3://in/data/"),
        (["data/d/a.json", "data/d/b.json"], "s3://in/data/", "s3://in/data/d/"),
        (["data/part-1", "data/part-2", "data/x.json"], "s3://in/data/part-", "s3://in/data/part-"),
        (["data/é/a.json", "data/é/日.json"], "s3://in/data/", "s3://in/data/é/"),
    ],
)
def test_input_within_the_quotas_is_used_where_it_lies(
    s3: MemoryS3, keys: list[str], input_uri: str, used: str
) -> None:
    for key in keys:
        s3.put("in", key, USERS)
    # The S3 console makes these; they hold nothing.
    s3.put("in", "data/", b"")
    plan = make_plan(s3, inputUri=input_uri)
    (item,) = plan["shards"]
    assert item["inputUri"] == used
    assert item["copyList"] is None
    assert set(s3.calls) == {"list_objects_v2"}
    copied = run(s3, task="copy", shard=item)
    assert copied == {**item, "copied": 0, "kept": 0}
    assert s3.calls == {"list_objects_v2": 1}


@pytest.mark.parametrize(
    ("others", "input_uri"),
    [
        (["data/a.json.bak"], "s3://in/data/a.json"),
        (["data/a.json.out"], "s3://in/data/"),
        (["data/b.json", "data/_manifest.json"], "s3://in/data/"),
        (["data/b.json", "data/a.json.out"], "s3://in/data/"),
        (["data/b.json", "data/z.json.out"], "s3://in/data/"),
    ],
)
def test_input_beside_objects_that_are_none_is_copied(
    s3: MemoryS3, others: list[str], input_uri: str
) -> None:
    for key in ["data/a.json", *others]:
        s3.put("in", key, USERS)
    (item,) = make_plan(s3, inputUri=input_uri)["shards"]
    assert item["inputUri"] == "s3://in/shards/run/shard-00001/"
    run(s3, task="copy", shard=item)
    copies = s3.keys("in", "shards/run/shard-00001/")
    assert len(copies) == item["files"]
    assert not [key for key in copies if key.endswith((".out", "_manifest.json", ".bak"))]


def test_an_object_that_is_no_prefix_of_another_is_used_beside_results(s3: MemoryS3) -> None:
    s3.put("in", "data/a.json", USERS)
    s3.put("in", "data/b.json.out", USERS)
    plan = make_plan(s3)
    assert plan["shards"][0]["inputUri"] == "s3://in/data/a.json"
    assert plan["skippedFiles"] == 1


def test_the_plan_describes_the_run(s3: MemoryS3) -> None:
    s3.put("in", "data/a.json", USERS)
    s3.put("in", "data/b.json", USERS * 2)
    s3.put("in", "data/_SUCCESS", b"")
    assert make_plan(s3) == {
        "version": 1,
        "inputUri": "s3://in/data/",
        "workUri": "s3://in/shards/run/",
        "outputUri": "s3://out/run/",
        "shardCount": 1,
        "fileCount": 2,
        "bytes": 45,
        "records": None,
        "skippedFiles": 1,
        "shards": [
            {
                "index": 1,
                "name": "shard-00001",
                "inputUri": "s3://in/shards/run/shard-00001/",
                "outputUri": "s3://out/run/shard-00001/",
                "files": 2,
                "bytes": 45,
                "records": None,
                "copyList": {"bucket": "in", "key": "shards/run/plan/shard-00001.json"},
            }
        ],
        "itemReader": None,
    }
    copies = s3.json({"bucket": "in", "key": "shards/run/plan/shard-00001.json"})
    etag = s3.objects["in"]["data/a.json"].etag
    assert copies["sourceBucket"] == "in"
    assert copies["objects"][0] == {
        "name": "0001-a.json",
        "sourceKey": "data/a.json",
        "sourceETag": etag,
        "sourceBytes": 15,
        "start": 0,
        "end": 15,
    }


@pytest.mark.parametrize(
    ("megabytes", "shards"),
    [
        # Exactly one job's worth, and one file and one byte more.
        ([1] * 1000, [1000]),
        ([1] * 1001, [1000, 1]),
        ([500, 500], [2]),
        # No room worth a cut is left: the third begins the next shard.
        ([480, 480, 480], [2, 1]),
        # The rest of a shard is filled from the next file.
        ([600, 600], [2, 1]),
        # 750 MB is the most that cannot be too many records; more is cut in two, of one job.
        ([750], [1]),
        ([751], [2]),
        ([1000], [2]),
        ([1001], [2, 1]),
    ],
)
def test_files_are_grouped_by_count_and_bytes(
    s3: MemoryS3, megabytes: list[int], shards: list[int]
) -> None:
    for number, size in enumerate(megabytes):
        s3.put("in", f"data/{number:04}.json", Lines(size * MB // 20, digits=6))
    plan = make_plan(s3)
    assert [item["files"] for item in plan["shards"]] == shards
    assert max(item["bytes"] for item in plan["shards"]) <= 1_000_000_000
    assert plan["bytes"] == sum(megabytes) * MB


def test_folders_that_fill_a_job_each_are_not_copied(s3: MemoryS3) -> None:
    for day in range(3):
        for part in range(2):
            s3.put("in", f"data/day={day}/{part}.json", Lines(25_000_000, digits=6))
    plan = make_plan(s3)
    assert [item["inputUri"] for item in plan["shards"]] == [
        f"s3://in/data/day={day}/" for day in range(3)
    ]
    assert set(s3.calls) == {"list_objects_v2"}


def test_a_path_too_long_for_a_job_is_copied_to_a_shorter_one(s3: MemoryS3) -> None:
    s3.put("in", f"data/{'a' * 250}.json", USERS)
    (item,) = make_plan(s3)["shards"]
    assert item["inputUri"] == "s3://in/shards/run/shard-00001/"
    run(s3, task="copy", shard=item)
    (key,) = s3.keys("in", "shards/run/shard")
    assert key.endswith("a.json")
    assert len(key) < 140


@pytest.mark.parametrize("limit", [50_000_000, 60_000_000])
def test_lines_that_bytes_bound_are_not_counted(s3: MemoryS3, limit: int) -> None:
    s3.put("in", "data/a.json", USERS)
    plan = make_plan(s3, recordsPerFile=limit)
    assert plan["records"] is None
    assert not s3.calls["get_object"]


@pytest.mark.parametrize("inline_shards", [0, 2])
def test_many_shards_go_to_s3(s3: MemoryS3, inline_shards: int) -> None:
    s3.put("in", "data/a.json", Lines(125_000_000, digits=6))
    inline = make_plan(s3)
    assert inline["shardCount"] == 3
    plan = make_plan(s3, inlineShards=inline_shards)
    assert plan == {
        **inline,
        "shards": [],
        "itemReader": {"bucket": "in", "key": "shards/run/plan/shards.json"},
    }
    assert s3.json(plan["itemReader"]) == inline["shards"]
    assert make_plan(s3, inlineShards=3) == inline


def test_a_plan_too_large_for_a_state_goes_to_s3(s3: MemoryS3) -> None:
    for number in range(1200):
        s3.put("in", f"data/{number:04}.json", Lines(5, digits=6))
    plan = make_plan(s3, Quotas(job_files=1))
    assert plan["shards"] == []
    assert plan["shardCount"] == 1200
    assert len(json.dumps(plan)) < 1000
    items = s3.json(plan["itemReader"])
    assert [item["index"] for item in items] == list(range(1, 1201))
    assert sum(len(json.dumps(item)) for item in items) > 200_000


def test_a_preview_has_all_shards_in_it_and_writes_nothing(s3: MemoryS3) -> None:
    half = Lines(24_000_000, digits=6)
    for number in range(1300):
        s3.put("in", f"data/{number:04}/a.json", half)
        s3.put("in", f"data/{number:04}/b.json", half)
    s3.put("in", "data/z.json", Lines(75_000_000, digits=6))
    seen: Any = shards.preview("s3://in/data/", s3=s3)
    assert set(s3.calls) == {"list_objects_v2", "get_object"}
    assert seen["itemReader"] is None
    plan = make_plan(s3)
    assert {**seen, "shards": []} == {
        **plan,
        "workUri": "s3://-/work/",
        "outputUri": "s3://-/output/",
        "itemReader": None,
    }
    paths = {"inputUri", "outputUri", "copyList"}
    kept = [{key: one[key] for key in one.keys() - paths} for one in seen["shards"]]
    items = s3.json(plan["itemReader"])
    assert kept == [{key: one[key] for key in one.keys() - paths} for one in items]
    copied = [one["name"] for one in seen["shards"] if one["copyList"]]
    assert copied == ["shard-01301", "shard-01302"]


def test_a_preview_counts_lines_where_a_file_takes_few(s3: MemoryS3) -> None:
    s3.put("in", "data/a.json", USERS * 5)
    (shard,) = shards.preview("s3://in/data/", s3=s3, records_per_file=2)["shards"]
    assert (shard["files"], shard["records"]) == (3, 5)


@pytest.mark.aws("hidden files that are read as input")
def test_what_is_hidden_is_left_out(s3: MemoryS3) -> None:
    hidden = (
        "_SUCCESS",
        "_committed_1",
        "_delta_log/0.json",
        "day=1/.part-0.crc",
        "_manifest.json",
    )
    for name in ("a.json", "day=1/b_c.d.json", *hidden):
        s3.put("in", f"data/{name}", USERS)
    plan = make_plan(s3)
    assert (plan["fileCount"], plan["skippedFiles"]) == (2, len(hidden))
    # Named itself, it is what was asked for.
    assert make_plan(s3, inputUri="s3://in/data/_committed_1")["fileCount"] == 1
