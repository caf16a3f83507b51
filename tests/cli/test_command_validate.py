from __future__ import annotations

import json
from pathlib import Path

import pytest

from cdk_personalize_batch import limits
from cdk_personalize_batch.cli import validate
from tests.support.cli.runs import run, run_on_terminal
from tests.support.cli.stubs import Stubs, s3_object

GOOD = b'{"userId":"1"}\n'


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("users.json")
    path.write_bytes(GOOD)
    return path


@pytest.mark.parametrize(
    "options",
    [
        ["--recipe", "aws-user-personalization-v2"],
        ["-r", "arn:aws:personalize:::recipe/aws-hrnn"],
        ["--format", "users"],
    ],
)
def test_a_valid_file_is_0(file: Path, options: list[str]) -> None:
    result = run("validate", file, *options)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "users.json: 1 record, 15 bytes, no problems\n"


def test_problems_are_1_with_their_places(file: Path) -> None:
    file.write_bytes(GOOD + b'{"userId":2}\r\n' + GOOD + b'{"userId":3}\n' * 2)
    result = run("validate", file, "-f", "users", "--max-problems", "2")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        'users.json:2:11: userId must be a string, got 2; put it in double quotes: "2"',
        'users.json:4:11: userId must be a string, got 3; put it in double quotes: "3"',
        "users.json: and 1 more problem",
        "users.json:2: warning: the line ends in carriage return and line feed, which AWS does not "
        r"document; write line feeds only, as tr -d '\r' does",
        "users.json: warning: 1 record is a copy of an earlier one; each is computed and billed "
        "again: remove them, as sort -u does",
        "users.json: 5 records, 70 bytes, 3 problems",
    ]


def test_a_file_that_is_no_json_lines_is_not_read_further(file: Path) -> None:
    file.write_bytes(b"\x1f\x8b\x08\x00")
    result = run("validate", file, "-f", "users")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1].endswith("1 problem; the rest was not read")


def test_warnings_are_no_problems(file: Path) -> None:
    file.write_bytes(GOOD * 2)
    result = run("validate", file, "-f", "users")
    assert (result.exit_code, "warning" in result.stdout) == (0, True)
    assert "warning" not in run("validate", file, "-f", "users", "--no-duplicates").stdout


def test_the_report_can_be_json(file: Path) -> None:
    result = run("validate", file, "-", "-f", "users", "--json", input=b'{"userId":2}')
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert (first["file"], first["ok"], first["records"]) == ("users.json", True, 1)
    assert (second["file"], second["ok"]) == ("<stdin>", False)
    (problem,) = second["problems"]
    assert problem == {
        "kind": "number as id",
        "message": "userId must be a string",
        "remedy": 'put it in double quotes: "2"',
        "line": 1,
        "column": 11,
        "value": "2",
    }


@pytest.mark.parametrize(("options", "code"), [(["--themes"], 1), ([], 0)])
def test_themes_allow_fewer_records(file: Path, options: list[str], code: int) -> None:
    file.write_bytes(b'{"itemId":"1"}\n' * 101)
    assert run("validate", file, "-r", "aws-similar-items", *options).exit_code == code


def test_files_are_too_large_together(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "INPUT_BYTES", 20)
    assert run("validate", file, "-f", "users").exit_code == 0
    result = run("validate", file, file, "-f", "users")
    assert result.exit_code == 1
    assert result.stderr == (
        "together 30 bytes are more than the 20 of one job; run several jobs, or a workflow "
        "(--any-size)\n"
    )
    assert run("validate", file, file, "-f", "users", "--any-size").exit_code == 0


def test_files_are_too_many_together(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validate, "_INPUT_FILES", 1)
    result = run("validate", file, file, "-f", "users")
    assert (result.exit_code, result.stderr) == (
        1,
        "2 files are more than the 1 of one job; join some\n",
    )


def test_an_object_in_s3_is_checked_as_it_comes(stubs: Stubs) -> None:
    asked = {"Bucket": "bucket", "Key": "in/users.json"}
    stubs("s3").add_response("get_object", s3_object(GOOD * 3), asked)
    result = run("validate", "s3://bucket/in/users.json", "-f", "users", "--no-duplicates")
    assert result.stdout == "s3://bucket/in/users.json: 3 records, 45 bytes, no problems\n"


def test_progress_is_shown_on_a_terminal_only(file: Path) -> None:
    file.write_bytes(GOOD * 100)
    assert run("validate", file, "-f", "users").stderr == ""
    code, seen = run_on_terminal("validate", file, "-f", "users", "--no-duplicates")
    assert code == 0
    assert "1.5/1.5 kB" in seen
    assert seen.endswith("users.json: 100 records, 1,500 bytes, no problems\r\n")
