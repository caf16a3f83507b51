"""What all commands have in common: help, errors, exit codes, pipes."""

# ruff: noqa: S603 - the commands are the tests' own

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber
from typer.testing import Result

from cdk_personalize_batch import _cli_common, _cli_validate
from cdk_personalize_batch._version import __version__

Run = Callable[..., Result]
COMMANDS = ["validate", "convert", "plan", "results", "status"]


def test_help_names_every_command(run: Run) -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert all(f"  {command} " in result.stdout for command in COMMANDS)
    assert "--install-completion" in result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_shows_examples_one_a_line(run: Run, command: str) -> None:
    result = run(command, "-h")
    assert result.exit_code == 0
    lines = result.stdout.partition("Examples:\n")[2].splitlines()
    assert len(lines) >= 2
    assert all("personalize-batch" in line for line in lines)
    assert "\x1b" not in result.stdout


def test_the_version_is_printed(run: Run) -> None:
    result = run("--version")
    assert (result.exit_code, result.stdout) == (0, f"personalize-batch {__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["frobnicate"], "frobnicate"),
        (["validate"], "FILE"),
        (["validate", "x.json"], "give one of --recipe and --format"),
        (["validate", "x.json", "-r", "aws-sims", "-f", "items"], "give one of"),
        (["validate", "x.json", "-f", "themes", "--themes"], "--themes goes with --recipe"),
        (["validate", "x.json", "-r", "aws-trending-now"], "no batch job can use the recipe"),
        (["validate", "x.json", "-r", "aws-sims", "--themes"], "only aws-similar-items"),
        (["validate", "x.json", "-f", "user"], "'user'"),
        (["convert", "a.xls", "b.json", "-f", "users"], "must end in .csv, .tsv or .parquet"),
        (["convert", "a.csv", "b.jsonl", "-f", "users"], "must end in .json"),
        (["convert", "a.csv", "b.json", "-f", "users", "-c", "userId"], "must be NAME=COLUMN"),
        (["convert", "a.csv", "b.json", "-f", "users", "-c", "itemId=x"], "the keys are userId"),
        (["convert", "a.csv", "b.json", "-f", "users", "--separator", ""], "must not be empty"),
        (["convert", "a.csv", "b.json", "-f", "users", "--delimiter", "||"], "one character"),
        (["convert", "a.csv", "b.json", "-f", "users", "--delimiter", '"'], "no quote"),
        (["convert", "a.csv.gz", "b.json", "-f", "users"], "use gunzip -c FILE | personalize-"),
        (["convert", "a.csv", "s3://b/c.json", "-f", "users"], "| aws s3 cp - s3://b/c.json"),
        (["validate", "-", "-", "-f", "users"], "- is there more than once"),
        (["plan", "s3://bucket/users/", "--themes"], "--themes: goes with --recipe"),
        (["plan", "bucket/users"], "must be an S3 URI such as s3://bucket/users/"),
        (["status", "--interval", "1"], "--interval"),
        (["results", "x", "--format", "xml"], "xml"),
    ],
)
def test_wrong_usage_is_2_and_says_what_is_right(run: Run, arguments: list[str], says: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert says in " ".join(result.stderr.split())
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["validate", "/none.json", "-f", "users"],
            "/none.json: No such file or directory; correct the path",
        ),
        (["validate", "/dev", "-f", "users"], "/dev: Is a directory; name a file"),
        (["validate", "s3://b", "-f", "users"], "'s3://b' names no object; write s3://bucket/key"),
        (["validate", "s3://b/in/", "-f", "users"], "'s3://b/in/' names no object"),
        (["validate", "S3://b/c.json", "-f", "users"], "'S3://b/c.json' is no S3 URI; write s3:"),
        (["results", ""], "a name is empty; name a file, an S3 URI, or - for standard input"),
        (["validate", "", "-f", "users"], "a name is empty"),
        (["results", "s3:/b/c"], "'s3:/b/c' is no S3 URI; write s3://bucket/key"),
        (["convert", "s3://b/c.csv", "x.json", "-f", "users"], "aws s3 cp s3://b/c.csv - | pers"),
        (["validate", "s3:///x", "-f", "users"], "'s3:///x' names no bucket; write s3://bucket"),
        (["results", "/none.out"], "/none.out: No such file or directory"),
        (["results", "/dev/null/x"], "/dev/null/x: Not a directory"),
        (["convert", "/none.csv", "x.json", "-f", "users"], "/none.csv: No such file"),
        (["convert", "/none.parquet", "x.json", "-f", "users"], "there is no file /none.parquet"),
    ],
)
def test_an_error_is_one_line_and_1(
    run: Run, arguments: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("personalize-batch: error: ")
    assert says in line


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("AccessDenied", "(AccessDenied) when calling"),
        ("NoSuchBucket", "; correct the name of the bucket"),
        ("NoSuchKey", "; correct the key"),
        ("ExpiredToken", "; sign in again"),
    ],
)
def test_an_error_of_aws_is_one_line(
    run: Run, stubs: Callable[[str], Stubber], code: str, says: str
) -> None:
    stubs("s3").add_client_error("get_object", code, "Not\nfor you.", 403)
    result = run("validate", "s3://bucket/users.json", "-f", "users")
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("personalize-batch: error: s3://bucket/users.json: An error occurred (")
    assert says in line
    assert "Not for you" in line


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("AWS_REGION", None, "error: You must specify a region; set AWS_REGION"),
        ("AWS_REGION", "no_region", "a supported format; correct AWS_REGION"),
        ("AWS_ACCESS_KEY_ID", None, "error: Unable to locate credentials; set AWS_PROFILE"),
        ("AWS_PROFILE", "none", "(none) could not be found; correct AWS_PROFILE"),
        ("AWS_ENDPOINT_URL", "127.0.0.1:1", "127.0.0.1:1; correct AWS_ENDPOINT_URL"),
    ],
)
def test_what_aws_needs_is_said(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str | None, says: str
) -> None:
    if value is None:
        monkeypatch.delenv(name)
    else:
        monkeypatch.setenv(name, value)
    result = run("status")
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert says in line


def test_the_region_and_the_endpoint_are_taken_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://127.0.0.1:1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    meta = _cli_common.client("personalize").meta
    assert (meta.region_name, meta.endpoint_url) == ("eu-west-1", "https://127.0.0.1:1")


def test_a_fault_of_the_program_shows_no_traceback_unless_asked_for(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> object:
        raise KeyError("lost")

    monkeypatch.setattr(_cli_validate, "validate", broken)
    result = run("validate", "-", "-f", "users", input=b"")
    assert result.exit_code == 1
    text = "personalize-batch: error: KeyError: 'lost'; set PERSONALIZE_BATCH_TRACEBACK=1"
    assert result.stderr.startswith(text)
    monkeypatch.setenv("PERSONALIZE_BATCH_TRACEBACK", "1")
    assert "Traceback" in run("validate", "-", "-f", "users", input=b"").stderr


def test_a_reader_that_leaves_is_no_error(
    tmp_path: Path, program: Sequence[str], environment: dict[str, str]
) -> None:
    file = tmp_path / "users.json.out"
    line = '{"input":{"userId":"1"},"output":{"recommendedItems":["2"]},"error":null}\n'
    file.write_text(line * 20_000)
    command = [*program, "results", str(file), "--format", "json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b'{"input": {"userId": "1"}')
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_a_reader_that_left_before_is_no_error(
    program: Sequence[str], environment: dict[str, str]
) -> None:
    with subprocess.Popen(
        [*program, "validate", "-", "--format", "users"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        _, errors = process.communicate(b'{"userId":"1"}\n')
    assert errors == b""
    assert process.returncode == 1


def test_records_flow_through_a_pipe(
    tmp_path: Path, program: Sequence[str], environment: dict[str, str]
) -> None:
    converted = subprocess.run(
        [*program, "convert", "-", "-", "--format", "users"],
        input=b"USER_ID\n1\n2\n",
        capture_output=True,
        check=True,
        env=environment,
    )
    assert converted.stdout == b'{"userId":"1"}\n{"userId":"2"}\n'
    assert converted.stderr == b""
    checked = subprocess.run(
        [*program, "validate", "-", "--format", "users"],
        input=converted.stdout,
        capture_output=True,
        check=True,
        env={**environment, "FORCE_COLOR": "1"},
        cwd=tmp_path,
    )
    assert checked.stdout == b"<stdin>: 2 records, 30 bytes, no problems\n"
    assert checked.stderr == b""


def test_a_table_in_a_pipe_has_no_colour_even_where_it_is_forced(
    program: Sequence[str], environment: dict[str, str]
) -> None:
    shown = subprocess.run(
        [*program, "results", "-"],
        input=b'{"input":{"userId":"1"},"output":{"recommendedItems":["2"]}}\n',
        capture_output=True,
        check=True,
        env={**environment, "FORCE_COLOR": "1"},
    )
    assert shown.stdout == b"INPUT  RESULTS  RECOMMENDED\n1            1  2\n"


@pytest.mark.parametrize("format", ["table", "json", "csv"])
def test_data_are_utf_8_whatever_the_locale(
    program: Sequence[str], environment: dict[str, str], format: str
) -> None:
    shown = subprocess.run(
        [*program, "results", "-", "--format", format],
        input='{"input":{"userId":"é"},"output":{"recommendedItems":["日"]}}'.encode(),
        capture_output=True,
        check=True,
        env={**environment, "PYTHONIOENCODING": "ascii"},
    )
    assert "é" in shown.stdout.decode()
    assert "日" in shown.stdout.decode()


def test_a_name_that_is_no_utf_8_is_shown_without_what_is_wrong(run: Run, tmp_path: Path) -> None:
    name = os.fsdecode(bytes(tmp_path) + b"/\xff.json")
    Path(name).write_text('{"userId":"1"}\n')
    result = run("validate", name, "-f", "users", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["file"] == f"{tmp_path}/\ufffd.json"


@pytest.mark.parametrize("module", ["aws_cdk", "polars", "boto3", "rich.table"])
def test_the_command_starts_without_what_it_does_not_need(
    module: str, environment: dict[str, str]
) -> None:
    script = (
        "import sys; sys.argv = ['x', 'validate', '-', '-f', 'users']\n"
        "from cdk_personalize_batch.cli import app\n"
        "app(standalone_mode=False)\n"
        f"print({module!r} in sys.modules)"
    )
    answer: Any = subprocess.run(
        [sys.executable, "-c", script],
        input=b'{"userId":"1"}\n',
        capture_output=True,
        check=True,
        env=environment,
    )
    assert answer.stdout.splitlines()[-1] == b"False"


def test_without_the_extra_the_remedy_is_said(tmp_path: Path, environment: dict[str, str]) -> None:
    script = "import sys; sys.modules['typer'] = None\nimport cdk_personalize_batch.cli"
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=False, env=environment
    )
    assert answer.returncode == 1
    assert answer.stderr.decode().splitlines() == [
        "personalize-batch: error: the package typer is missing; "
        "run pip install 'cdk-personalize-batch[cli]'"
    ]
