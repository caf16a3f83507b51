"""What all commands have in common: help, errors, exit codes, pipes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cdk_personalize_batch._version import __version__
from cdk_personalize_batch.cli import files, validate
from tests.support.cli.runs import ENVIRONMENT, run
from tests.support.cli.stubs import Stubs

COMMANDS = ["validate", "convert", "plan", "results", "status"]


def test_help_names_every_command() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert all(f"  {command} " in result.stdout for command in COMMANDS)
    assert "--install-completion" in result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_shows_examples_one_a_line(command: str) -> None:
    result = run(command, "-h")
    assert result.exit_code == 0
    lines = result.stdout.partition("Examples:\n")[2].splitlines()
    assert len(lines) >= 2
    assert all("personalize-batch" in line for line in lines)
    assert "\x1b" not in result.stdout


def test_the_version_is_printed() -> None:
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
def test_wrong_usage_is_2_and_says_what_is_right(arguments: list[str], says: str) -> None:
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
    arguments: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
def test_an_error_of_aws_is_one_line(stubs: Stubs, code: str, says: str) -> None:
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
    monkeypatch: pytest.MonkeyPatch, name: str, value: str | None, says: str
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
    meta = files.client("personalize").meta
    assert (meta.region_name, meta.endpoint_url) == ("eu-west-1", "https://127.0.0.1:1")


def test_a_fault_of_the_program_shows_no_traceback_unless_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object, **__: object) -> object:
        raise KeyError("lost")

    monkeypatch.setattr(validate, "validate", broken)
    result = run("validate", "-", "-f", "users", input=b"")
    assert result.exit_code == 1
    text = "personalize-batch: error: KeyError: 'lost'; set PERSONALIZE_BATCH_TRACEBACK=1"
    assert result.stderr.startswith(text)
    monkeypatch.setenv("PERSONALIZE_BATCH_TRACEBACK", "1")
    assert "Traceback" in run("validate", "-", "-f", "users", input=b"").stderr


@pytest.mark.parametrize("module", ["aws_cdk", "polars", "boto3", "rich.table"])
def test_the_command_starts_without_what_it_does_not_need(module: str) -> None:
    script = (
        "import sys; sys.argv = ['x', 'validate', '-', '-f', 'users']\n"
        "from cdk_personalize_batch.cli.program import app\n"
        "app(standalone_mode=False)\n"
        f"print({module!r} in sys.modules)"
    )
    answer: Any = subprocess.run(
        [sys.executable, "-c", script],
        input=b'{"userId":"1"}\n',
        capture_output=True,
        check=True,
        env=ENVIRONMENT,
    )
    assert answer.stdout.splitlines()[-1] == b"False"


def test_without_the_extra_the_remedy_is_said(tmp_path: Path) -> None:
    script = "import sys; sys.modules['typer'] = None\nimport cdk_personalize_batch.cli"
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=False, env=ENVIRONMENT
    )
    assert answer.returncode == 1
    assert answer.stderr.decode().splitlines() == [
        "personalize-batch: error: the package typer is missing; "
        "run pip install 'cdk-personalize-batch[cli]'"
    ]
