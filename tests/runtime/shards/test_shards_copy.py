"""A shard is copied once, whatever happens on the way, and nothing is left open."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from personalize_batch_runtime._errors import OutOfTime
from personalize_batch_runtime._shards.errors import (
    InputChanged,
    InputNotFound,
    InvalidTask,
    S3AccessDenied,
    S3Failed,
    ShardMismatch,
)
from personalize_batch_runtime._shards.types import Quotas
from tests.support import PATIENCE_SECONDS
from tests.support.runtime.shards import make_plan, run
from tests.support.s3 import Lines, MemoryS3

USERS = b'{"userId":"1"}\n'
FOLDER = "shards/run/shard-00001/"
# Whole files, a file cut in three pieces of four parts, and one piece that goes through.
MIXED = Quotas(
    job_bytes=350_000,
    file_records=10_000,
    windows=(1000, 2000, 4000),
    smallest_fill=1000,
    part_bytes=30_000,
    smallest_ranged_copy=20_000,
)


class Shard(MemoryS3):
    """An S3 with input and a planned shard of it."""

    item: Any
    seconds_left: float


@pytest.fixture
def shard() -> Shard:
    """An S3, its input and a planned shard of it."""
    s3 = Shard(smallest_part=MIXED.smallest_ranged_copy)
    for number in range(3):
        s3.put("in", f"data/{number}.json", Lines(100 + number))
    s3.put("in", "data/5.json", Lines(15_000))
    s3.put("in", "data/9.json", Lines(7_000))
    s3.item = make_plan(s3, MIXED)["shards"][0]
    s3.calls.clear()
    return s3


def copy(s3: Shard, **more: Any) -> Any:
    return run(s3, MIXED, task="copy", shard=s3.item, **more)


def test_the_folder_holds_the_objects_of_the_list_in_order(shard: Shard) -> None:
    result = copy(shard)
    listed = shard.json(shard.item["copyList"])["objects"]
    keys = shard.keys("in", FOLDER)
    assert keys == [FOLDER + one["name"] for one in listed]
    assert result == {**shard.item, "copied": len(keys), "kept": 0}
    for key, one in zip(keys, listed, strict=True):
        source = shard.content("in", one["sourceKey"])
        assert shard.content("in", key) == source[one["start"] : one["end"]]
    assert not shard.uploads
    assert shard.calls["copy_object"] == 3
    assert shard.calls["create_multipart_upload"] >= 3
    assert shard.calls["upload_part_copy"] > shard.calls["create_multipart_upload"]


def test_no_byte_of_a_large_file_goes_through_the_function(shard: Shard) -> None:
    shard.read_bytes = 0
    copy(shard)
    (small,) = [
        one["end"] - one["start"]
        for one in shard.json(shard.item["copyList"])["objects"]
        if one["end"] - one["start"] < min(one["sourceBytes"], MIXED.smallest_ranged_copy)
    ]
    lists = shard.objects["in"][shard.item["copyList"]["key"]].blob.size
    assert shard.read_bytes == small + lists


WRITES = ("copy_object", "put_object", "create_multipart_upload")


def test_a_second_call_copies_nothing(shard: Shard) -> None:
    first = copy(shard)
    before = dict(shard.objects["in"])
    shard.calls.clear()
    assert copy(shard) == {**first, "copied": 0, "kept": first["copied"]}
    assert not [name for name in WRITES if shard.calls[name]]
    assert shard.objects["in"] == before


def test_a_call_after_a_part_of_the_work_copies_the_rest(shard: Shard) -> None:
    total = copy(shard)["copied"]
    keys = shard.keys("in", FOLDER)
    content = {key: shard.content("in", key) for key in keys}
    del shard.objects["in"][keys[1]], shard.objects["in"][keys[-2]]
    result = copy(shard)
    assert (result["copied"], result["kept"]) == (2, total - 2)
    assert {key: shard.content("in", key) for key in shard.keys("in", FOLDER)} == content


def test_an_object_of_the_right_size_from_elsewhere_is_made_anew(shard: Shard) -> None:
    copy(shard)
    key = shard.keys("in", FOLDER)[0]
    right = shard.content("in", key)
    shard.put("in", key, b"x" * len(right))
    assert copy(shard)["copied"] == 1
    assert shard.content("in", key) == right


@pytest.mark.parametrize(
    ("operation", "after"),
    [
        ("upload_part_copy", 0),
        ("upload_part_copy", 2),
        ("upload_part_copy", 5),
        ("complete_multipart_upload", 0),
        ("complete_multipart_upload", 1),
        ("create_multipart_upload", 1),
        ("copy_object", 1),
        ("list_multipart_uploads", 0),
    ],
)
def test_a_failure_leaves_no_upload_open_and_can_be_repeated(
    shard: Shard, operation: str, after: int
) -> None:
    shard.fail(operation, "InvalidRequest", after=after)
    with pytest.raises(S3Failed, match="InvalidRequest"):
        copy(shard)
    assert not shard.uploads
    result = copy(shard)
    assert result["copied"] + result["kept"] == shard.item["files"]
    assert not shard.uploads
    assert (
        sum(len(shard.content("in", key)) for key in shard.keys("in", FOLDER))
        == (shard.item["bytes"])
    )


def test_the_first_failure_is_told_where_the_abort_fails_too(
    shard: Shard, caplog: pytest.LogCaptureFixture
) -> None:
    shard.fail("upload_part_copy", "InvalidRequest")
    shard.fail("abort_multipart_upload", "AccessDenied", 403)
    with pytest.raises(S3Failed, match="InvalidRequest"):
        copy(shard)
    assert "stays open" in caplog.text
    assert len(shard.uploads) == 1
    copy(shard)
    assert not shard.uploads


@pytest.mark.parametrize(
    ("code", "status", "times"),
    [("SlowDown", 503, 2), ("dropped", 400, 1), ("NoSuchUpload", 404, 1)],
)
def test_an_abort_that_passes_or_was_done_is_no_failure(
    shard: Shard, caplog: pytest.LogCaptureFixture, code: str, status: int, times: int
) -> None:
    shard.fail("upload_part_copy", "InvalidRequest")
    shard.fail("abort_multipart_upload", code, status, times=times, effect=code == "NoSuchUpload")
    with pytest.raises(S3Failed, match="InvalidRequest"):
        copy(shard)
    assert not shard.uploads
    assert "stays open" not in caplog.text


def test_an_upload_is_aborted_when_none_of_its_parts_is_under_way(
    shard: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_part, abort = shard.upload_part_copy, shard.abort_multipart_upload
    failed = threading.Event()
    ended: list[str] = []

    def copy_part_slowly(**parameters: Any) -> Any:
        if parameters["PartNumber"] == 1:
            failed.set()
            raise ValueError("no")
        failed.wait(PATIENCE_SECONDS)
        time.sleep(0.05)
        ended.append("part")
        return copy_part(**parameters)

    def note_abort(**parameters: Any) -> Any:
        ended.append("abort")
        return abort(**parameters)

    monkeypatch.setattr(shard, "upload_part_copy", copy_part_slowly, raising=False)
    monkeypatch.setattr(shard, "abort_multipart_upload", note_abort, raising=False)
    with pytest.raises(ValueError, match="no"):
        copy(shard)
    assert ended[-1] == "abort"
    assert ended.count("abort") == 1
    assert not shard.uploads


def test_what_a_stopped_function_or_a_lost_answer_left_open_is_ended(shard: Shard) -> None:
    shard.create_multipart_upload(Bucket="in", Key=f"{FOLDER}0004-5.json", Metadata={})
    shard.create_multipart_upload(Bucket="in", Key="another/upload.json", Metadata={})
    shard.fail("create_multipart_upload", "dropped", effect=True)
    copy(shard)
    (left,) = shard.uploads.values()
    assert left["place"] == ("in", "another/upload.json")


@pytest.mark.parametrize("effect", [False, True])
@pytest.mark.parametrize("operation", ["copy_object", "upload_part_copy", "head_object"])
def test_what_passes_is_tried_again(shard: Shard, operation: str, effect: bool) -> None:
    copy(shard)
    for key in shard.keys("in", FOLDER)[1:]:
        del shard.objects["in"][key]
    shard.fail(operation, "InternalError", 500, times=2, effect=effect)
    assert copy(shard)["kept"] == 1
    assert not shard.uploads


def test_a_completed_upload_whose_answer_was_lost_is_kept_by_the_next_call(shard: Shard) -> None:
    shard.fail("complete_multipart_upload", "dropped", effect=True)
    with pytest.raises(S3Failed, match="NoSuchUpload"):
        copy(shard)
    made = len(shard.keys("in", FOLDER))
    assert copy(shard)["kept"] == made


def test_an_input_that_was_replaced_is_not_copied(shard: Shard) -> None:
    shard.put("in", "data/5.json", Lines(15_000))
    with pytest.raises(InputChanged, match=r"s3://in/data/5\.json was replaced"):
        copy(shard)
    assert not shard.uploads


def test_an_input_that_is_gone_is_named(shard: Shard) -> None:
    del shard.objects["in"]["data/1.json"]
    with pytest.raises(InputNotFound, match=r"s3://in/data/1\.json does not exist"):
        copy(shard)


def test_a_missing_right_is_named(shard: Shard) -> None:
    shard.fail("upload_part_copy", "AccessDenied", 403)
    with pytest.raises(S3AccessDenied, match=r"s3://in/data/5\.json: .* Allow upload_part_copy"):
        copy(shard)
    assert not shard.uploads


def test_an_object_of_no_shard_is_never_given_to_a_job(shard: Shard) -> None:
    shard.put("in", f"{FOLDER}0001-old.json", USERS)
    with pytest.raises(ShardMismatch, match=r"1 objects that are not of this shard, such as '0001"):
        copy(shard)
    assert shard.keys("in", FOLDER) == [f"{FOLDER}0001-old.json"]


def test_a_copy_that_something_changed_is_found(
    shard: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = shard._copy_object

    def copy_and_damage(**parameters: Any) -> Any:
        answer = copied(**parameters)
        shard.put("in", parameters["Key"], USERS)
        return answer

    monkeypatch.setattr(shard, "_copy_object", copy_and_damage)
    with pytest.raises(ShardMismatch, match="should have 2200 bytes after the copy, and has 15"):
        copy(shard)


def test_time_that_runs_out_leaves_no_upload_open(
    shard: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = shard._upload_part_copy
    shard.seconds_left = 900

    def slow_part(**parameters: Any) -> Any:
        shard.seconds_left -= 300
        return part(**parameters)

    monkeypatch.setattr(shard, "_upload_part_copy", slow_part)
    with pytest.raises(OutOfTime, match=r"Run the task again: what is done stays done"):
        run(shard, MIXED, lambda: shard.seconds_left, task="copy", shard=shard.item)
    assert not shard.uploads
    monkeypatch.undo()
    assert copy(shard)["kept"] >= 3


@pytest.mark.parametrize("item", [None, "shard-00001", {}, {"inputUri": "s3://in/a/"}])
def test_a_shard_that_is_no_item_of_a_plan_is_refused(s3: MemoryS3, item: object) -> None:
    with pytest.raises(InvalidTask, match="shard must be an item of the plan, got"):
        run(s3, task="copy", shard=item)
