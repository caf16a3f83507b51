"""Where the command `results` reads and writes: files, folders, devices, S3."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.cli.results import LINES
from tests.support.cli.runs import run
from tests.support.cli.stubs import Stubs, s3_object


def test_output_goes_to_a_file(results: Path) -> None:
    result = run("results", results, "-f", "csv", "-o", "rows.csv")
    assert result.stdout == ""
    assert len(Path("rows.csv").read_text().splitlines()) == 12


@pytest.mark.parametrize("format", ["table", "json", "csv", "parquet"])
def test_a_file_of_the_name_stays_until_the_new_one_is_whole(results: Path, format: str) -> None:
    Path("rows").write_text("of yesterday")
    result = run("results", results, "none.out", "-f", format, "-o", "rows")
    assert result.exit_code == 1
    assert "none.out: No such file or directory; correct the path" in result.stderr
    assert Path("rows").read_text() == "of yesterday"
    assert {path.name for path in Path().iterdir()} == {"rows", results.name}


def test_a_file_may_be_read_and_replaced(results: Path) -> None:
    Path("link").symlink_to(results)
    result = run("results", results, "-f", "json", "-o", "link")
    assert result.exit_code == 0
    assert len(results.read_text().splitlines()) == 7
    assert Path("link").is_symlink()


def test_a_device_is_written_to_and_not_replaced(results: Path) -> None:
    null = Path("null")
    os.mkfifo(null)
    # Open for both, so that nobody waits for another process.
    reader = os.open(null, os.O_RDWR)
    try:
        result = run("results", results, "-f", "csv", "--limit", "1", "-o", null)
        assert os.read(reader, 1000).startswith(b"input,rank,recommended")
    finally:
        os.close(reader)
    assert result.exit_code == 0
    assert null.is_fifo()


def test_the_pipe_of_a_shell_is_written_to(results: Path) -> None:
    reader, writer = os.pipe()
    result = run("results", results, "-f", "csv", "--limit", "1", "-o", f"/dev/fd/{writer}")
    os.close(writer)
    with os.fdopen(reader) as pipe:
        assert pipe.readline() == "input,rank,recommended,score,theme,relevance\n"
    assert result.exit_code == 0


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_an_output_that_cannot_be_written_is_named(results: Path, format: str) -> None:
    Path("folder").mkdir()
    for output, says in (
        ("none/rows", "none/rows: No such file or directory; correct the path"),
        ("folder", "folder: Is a directory; name a file"),
    ):
        result = run("results", results, "-f", format, "-o", output)
        assert result.exit_code == 1
        assert result.stderr == f"personalize-batch: error: {says}\n"


def test_a_folder_is_all_its_results(tmp_path: Path) -> None:
    line = json.dumps(LINES["segment"])
    for name in ("b/2.json.out", "a/1.json.out", "a/_manifest.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(line if name.endswith("out") else "x")
    result = run("results", tmp_path, "-f", "json")
    assert (len(result.stdout.splitlines()), result.stderr) == (2, "")
    (tmp_path / "cdk.out").mkdir()
    assert len(run("results", tmp_path, "-f", "json").stdout.splitlines()) == 2
    (tmp_path / "none").mkdir()
    result = run("results", tmp_path / "none")
    assert result.exit_code == 1
    assert "there is no *.out file below" in result.stderr


def listed(*keys: str) -> dict[str, object]:
    now = datetime.now(UTC)
    contents = [{"Key": key, "Size": 1, "LastModified": now, "ETag": '"e"'} for key in keys]
    return {"Contents": contents, "IsTruncated": False}


def test_a_prefix_in_s3_is_all_its_results(stubs: Stubs) -> None:
    first, second = (json.dumps(LINES[kind]).encode() for kind in ("scores", "theme"))
    page = {**listed("job/a.json.out", "job/x.txt"), "IsTruncated": True}
    page["NextContinuationToken"] = "more"
    asked: dict[str, object] = {"Bucket": "bucket", "Prefix": "job/"}
    s3 = stubs("s3")
    s3.add_response("list_objects_v2", page, asked)
    s3.add_response("get_object", s3_object(first), {"Bucket": "bucket", "Key": "job/a.json.out"})
    asked = {**asked, "ContinuationToken": "more"}
    s3.add_response("list_objects_v2", listed("job/b.json.out"), asked)
    s3.add_response("get_object", s3_object(second), {"Bucket": "bucket", "Key": "job/b.json.out"})
    result = run("results", "s3://bucket/job/", "-f", "json")
    assert [json.loads(line)["input"] for line in result.stdout.splitlines()] == [
        {"userId": "4638"},
        {"itemId": "40"},
    ]


def test_one_object_in_s3_is_read_without_listing(stubs: Stubs) -> None:
    asked = {"Bucket": "bucket", "Key": "job/a.json.out"}
    content = json.dumps(LINES["scores"]).encode()
    stubs("s3").add_response("get_object", s3_object(content), asked)
    assert "4638" in run("results", "s3://bucket/job/a.json.out").stdout


def test_a_prefix_without_results_is_an_error(stubs: Stubs) -> None:
    stubs("s3").add_response("list_objects_v2", listed("job/x.json"), None)
    result = run("results", "s3://bucket/job/")
    assert result.exit_code == 1
    assert "there is no *.out object below s3://bucket/job/" in result.stderr
