from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.stub import Stubber

from cdk_personalize_batch.cli.status import _duration
from tests.support.cli.runs import run
from tests.support.cli.stubs import Stubs

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def job(
    name: str,
    status: str = "ACTIVE",
    *,
    kind: str = "Inference",
    minutes: int = 0,
    reason: str = "",
) -> dict[str, object]:
    created = START + timedelta(minutes=minutes)
    arn = f"arn:aws:personalize:eu-west-1:123456789012:batch-{kind.lower()}-job/{name}"
    return {
        f"batch{kind}JobArn": arn,
        "jobName": name,
        "status": status,
        "creationDateTime": created,
        "lastUpdatedDateTime": created + timedelta(minutes=75, seconds=9),
        "solutionVersionArn": "arn:aws:personalize:eu-west-1:123456789012:solution/s/1",
        **({"failureReason": reason} if reason else {}),
    }


@pytest.fixture
def personalize(stubs: Stubs) -> Stubber:
    return stubs("personalize")


def lists(personalize: Stubber, *jobs: dict[str, object], kind: str = "Inference") -> None:
    page = {f"batch{kind}Jobs": list(jobs)}
    personalize.add_response(f"list_batch_{kind.lower()}_jobs", page, {})


def test_jobs_of_both_kinds_are_listed_the_newest_first(personalize: Stubber) -> None:
    lists(personalize, job("old"), job("new", "CREATE FAILED", minutes=9, reason="No [s3]"))
    lists(personalize, job("middle", kind="Segment", minutes=5), kind="Segment")
    result = run("status")
    assert (result.exit_code, result.stderr) == (0, "")
    heading, *rows = (line.split() for line in result.stdout.splitlines())
    assert heading == ["KIND", "NAME", "STATUS", "CREATED", "TOOK", "REASON"]
    assert rows == [
        [
            "inference",
            "new",
            "CREATE",
            "FAILED",
            "2026-01-02T03:13:05Z",
            "1h15m",
            "No",
            "[s3]",
        ],
        ["segment", "middle", "ACTIVE", "2026-01-02T03:09:05Z", "1h15m"],
        ["inference", "old", "ACTIVE", "2026-01-02T03:04:05Z", "1h15m"],
    ]


def test_a_table_has_reasons_only_where_there_are_some(personalize: Stubber) -> None:
    lists(personalize, job("a"))
    lists(personalize, kind="Segment")
    heading, _ = run("status").stdout.splitlines()
    assert heading.split() == ["KIND", "NAME", "STATUS", "CREATED", "TOOK"]


def test_pages_are_followed_and_the_list_is_limited(personalize: Stubber) -> None:
    page = {"batchSegmentJobs": [job("a", kind="Segment")], "nextToken": "more"}
    personalize.add_response("list_batch_segment_jobs", page, {})
    page = {"batchSegmentJobs": [job(name, kind="Segment", minutes=1) for name in "bc"]}
    personalize.add_response("list_batch_segment_jobs", page, {"nextToken": "more"})
    result = run("status", "--kind", "segment", "--limit", "2", "--format", "json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["name"] for row in rows] == ["b", "c"]
    assert rows[0] == {
        "kind": "segment",
        "name": "b",
        "status": "ACTIVE",
        "created": "2026-01-02T03:05:05Z",
        "took": "1h15m",
        "reason": None,
        "arn": "arn:aws:personalize:eu-west-1:123456789012:batch-segment-job/b",
    }


def test_jobs_are_found_by_the_start_of_their_name(personalize: Stubber) -> None:
    jobs = [job("my-job-1"), job("other"), job("my-job-2", minutes=1)]
    lists(personalize, *jobs)
    result = run("status", "--kind", "inference", "--name", "my-", "--limit", "1", "-f", "csv")
    assert [line.split(",")[1] for line in result.stdout.splitlines()] == [
        "name",
        "my-job-2",
        "my-job-1",
    ]


def test_a_name_that_no_job_has_is_an_error(personalize: Stubber) -> None:
    lists(personalize, job("other"))
    result = run("status", "--kind", "inference", "--name", "my-")
    assert result.exit_code == 1
    assert "there is no batch job whose name begins with 'my-'" in result.stderr


@pytest.mark.parametrize(
    ("end", "reason", "code"),
    [("ACTIVE", "", 0), ("CREATE FAILED", "Invalid S3 input path", 1)],
)
def test_watch_waits_until_the_running_jobs_have_ended(
    personalize: Stubber, monkeypatch: pytest.MonkeyPatch,
    end: str, reason: str, code: int,
) -> None:  # fmt: skip
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    failed = job("failed before", "CREATE FAILED")
    lists(personalize, job("a", "CREATE PENDING", minutes=1), failed)
    lists(personalize, job("a", "CREATE PENDING", minutes=1), failed)
    lists(personalize, job("a", "CREATE IN_PROGRESS", minutes=1), failed, job("new", minutes=2))
    lists(personalize, job("a", end, minutes=1, reason=reason), failed)
    result = run("status", "--kind", "inference", "--watch", "--interval", "7")
    assert pauses == [7, 7, 7]
    assert result.exit_code == code
    _, _, _, first, second = result.stdout.splitlines()
    assert first.endswith("  a  CREATE PENDING -> CREATE IN_PROGRESS")
    suffix = f": {reason}" if reason else ""
    assert second.endswith(f"  a  CREATE IN_PROGRESS -> {end}{suffix}")
    assert result.stderr == ""


@pytest.mark.parametrize(("status", "code"), [("ACTIVE", 0), ("CREATE FAILED", 1)])
def test_a_watched_name_that_has_ended_says_how(
    personalize: Stubber, status: str, code: int
) -> None:
    lists(personalize, job("a", status))
    result = run("status", "--kind", "inference", "--name", "a", "--watch")
    assert result.exit_code == code


def test_control_c_ends_the_watch_quietly(
    personalize: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupted)
    lists(personalize, job("a", "CREATE PENDING"))
    result = run("status", "--kind", "inference", "--watch")
    assert (result.exit_code, result.stderr.strip()) == (130, "")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0m00s"), (61, "1m01s"), (3600, "1h00m"), (-5, "0m00s")]
)
def test_durations_are_short(seconds: int, text: str) -> None:
    assert _duration(timedelta(seconds=seconds)) == text
