"""What a plan refuses, and what it tries again."""

from __future__ import annotations

from typing import Any

import pytest

from personalize_batch_runtime._errors import OutOfTime
from personalize_batch_runtime._shards import errors
from tests.support.runtime.shards import make_plan, run
from tests.support.s3 import Lines, MemoryS3

USERS = b'{"userId":"1"}\n'
MB = 1_000_000


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"inputUri": "data/"}, "InvalidTask", "inputUri must be of the form s3://bucket/key"),
        ({"inputUri": None}, "InvalidTask", "got 'None'"),
        ({"inputUri": "s3://in"}, "InvalidTask", "got 's3://in'"),
        ({"workUri": "s3://in/work"}, "InvalidTask", "workUri must be of the form"),
        ({"outputUri": "s3:///x/"}, "InvalidTask", "outputUri must be of the form"),
        ({"recordsPerFile": 0}, "InvalidTask", "recordsPerFile must be a whole number of at least"),
        ({"recordsPerFile": "5"}, "InvalidTask", "got '5'"),
        ({"inlineShards": True}, "InvalidTask", "got True"),
        (
            {"inputUri": "s3://in/copied/", "workUri": f"s3://in/{'w' * 240}/"},
            "InvalidTask",
            "workUri is too long",
        ),
        ({"outputUri": f"s3://out/{'o' * 240}/"}, "InvalidTask", "outputUri is too long"),
        ({"workUri": "s3://in/data/w/"}, "InputOverlap", "workUri s3://in/data/w/ lies below"),
        ({"outputUri": "s3://in/data/"}, "InputOverlap", "outputUri s3://in/data/ lies below"),
        ({"inputUri": "s3://in/"}, "InputOverlap", "workUri s3://in/shards/run/ lies below"),
        ({"outputUri": "s3://in/shards/run/"}, "InputOverlap", "overlap"),
        ({"outputUri": "s3://in/shards/run/out/"}, "InputOverlap", "overlap"),
        ({"outputUri": "s3://in/shards/"}, "InputOverlap", "overlap"),
        ({"inputUri": "s3://in/nothing/"}, "InputNotFound", "skipped: 0."),
        ({"inputUri": "s3://in/results/"}, "InputNotFound", "skipped: 3."),
        ({"inputUri": "s3://in/results/empty.json"}, "InputNotFound", "has no input"),
        ({"inputUri": "s3://else/data/"}, "InputNotFound", "s3://else/data/ does not exist"),
        ({"inputUri": "s3://in/large/"}, "LineTooLong", "before byte"),
        ({"inputUri": "s3://in/large/", "recordsPerFile": 10}, "InputTooLarge", "100000000 bytes"),
    ],
)
def test_fails_with_a_name_and_a_reason(
    s3: MemoryS3, change: dict[str, Any], error: str, text: str
) -> None:
    s3.put("in", "data/a.json", USERS)
    s3.put("in", "data/a2.json", USERS)
    for name in ("a.json.out", "_manifest.json", "empty.json"):
        s3.put("in", f"results/{name}", b"" if "empty" in name else USERS)
    s3.put("in", "copied/a.json", USERS)
    s3.put("in", "copied/a.json.out", USERS)
    s3.put("in", "large/a.json", OneLine(800 * MB))
    with pytest.raises(getattr(errors, error)) as raised:
        make_plan(s3, **change)
    assert text in str(raised.value)
    assert type(raised.value).__name__ == error


class OneLine:
    def __init__(self, size: int) -> None:
        self.size = size

    def read(self, start: int, end: int) -> bytes:
        return b"x" * (end - start)


@pytest.mark.parametrize(
    ("operation", "code", "status", "error"),
    [
        ("list_objects_v2", "AccessDenied", 403, errors.S3AccessDenied),
        ("get_object", "AccessDenied", 403, errors.S3AccessDenied),
        ("get_object", "InvalidObjectState", 403, errors.S3Failed),
        ("get_object", "PreconditionFailed", 412, errors.InputChanged),
        ("put_object", "AccessDenied", 403, errors.S3AccessDenied),
    ],
)
def test_a_refusal_of_s3_has_a_name(
    s3: MemoryS3, operation: str, code: str, status: int, error: type[Exception]
) -> None:
    s3.put("in", "data/a.json", Lines(60_000_000, digits=6))
    s3.fail(operation, code, status)
    with pytest.raises(error, match="s3://in/"):
        make_plan(s3)


def test_what_passes_is_tried_again(s3: MemoryS3) -> None:
    s3.put("in", "data/a.json", Lines(60_000_000, digits=6))
    planned = make_plan(s3)
    s3.fail("list_objects_v2", "SlowDown", 503, times=2)
    s3.fail("get_object", "dropped", times=3)
    s3.fail("put_object", "InternalError", 500)
    s3.fail("body", "", at=100, times=2)
    assert make_plan(s3) == planned


def test_ends_before_the_time_of_the_function_does(s3: MemoryS3) -> None:
    s3.put("in", "data/a.json", USERS)
    with pytest.raises(OutOfTime, match=r"list_objects_v2 on s3://in/data/.* Run the task"):
        make_plan(s3, seconds=lambda: 60)
    assert not s3.calls


@pytest.mark.parametrize("task", [None, "split", ["plan"]])
def test_an_unknown_task_is_refused(s3: MemoryS3, task: object) -> None:
    with pytest.raises(errors.InvalidTask, match="task must be plan, copy or manifest, got"):
        run(s3, task=task)


def test_the_names_of_failures_do_not_change() -> None:
    names = [name for name, value in vars(errors).items() if isinstance(value, type)]
    assert sorted(names) == [
        "InputChanged",
        "InputNotFound",
        "InputOverlap",
        "InputTooLarge",
        "InvalidTask",
        "JobsMismatch",
        "LineTooLong",
        "RuntimeFailure",
        "S3AccessDenied",
        "S3Failed",
        "ShardMismatch",
    ]
