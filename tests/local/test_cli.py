from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from personalize_local import cli
from personalize_local.catalog import solutions
from personalize_local.cli import commands
from personalize_local.host.environment import ACCOUNT

COMMANDS = "personalize_local.cli.commands"


class FakeAws:
    """One that nothing is asked of but its environment."""

    def environment(self) -> dict[str, str]:
        return {}


def test_down_leaves_another_programs_process_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "instance").mkdir()
    state = {"pid": os.getpid(), "port": 1, "region": "us-east-1", "job_seconds": 1}
    (tmp_path / "instance" / "server.json").write_text(json.dumps(state))
    assert cli.main(["down", "--state-dir", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "nothing was running\n"
    assert not (tmp_path / "instance").exists()


def test_env_needs_one_that_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["env", "--state-dir", str(tmp_path)]) == 1
    text = f"personalize-local: error: nothing runs in {tmp_path}; run `personalize-local up` first"
    assert capsys.readouterr().err == f"{text}\n"


def test_a_state_directory_that_cannot_be_made_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.touch()
    assert cli.main(["down", "--state-dir", str(file / "x")]) == 1
    assert str(file) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "ACTION"),
        (["run"], "no COMMAND"),
        (["run", "--"], "no COMMAND"),
        (["run", "--job-seconds", "soon", "--", "true"], "'soon' is not a number of seconds"),
        (["run", "--job-seconds", "-1", "--", "true"], "'-1' is not a number of seconds"),
        (["run", "--job-seconds", "inf", "--", "true"], "'inf' is not a number of seconds"),
        (["up", "--region", "Ireland"], "'Ireland' is not a region"),
        (["env", "--shell", "fish"], "fish"),
    ],
)
def test_wrong_usage_is_2(
    arguments: Sequence[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 2
    assert message in capsys.readouterr().err


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    assert "personalize-local run -- cdk deploy" in capsys.readouterr().out


def test_solution_versions_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    expected = solutions.solution_versions(ACCOUNT, "eu-west-1")
    assert cli.main(["solution-versions", "--region", "eu-west-1"]) == 0
    heading, *rows = capsys.readouterr().out.splitlines()
    assert heading.split() == ["RECIPE", "STATUS", "SOLUTION", "VERSION"]
    assert [row.split()[-1] for row in rows] == [one.arn for one in expected]
    assert cli.main(["solution-versions", "--region", "eu-west-1", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed[0] == {
        "recipe": expected[0].recipe.name,
        "status": "ACTIVE",
        "solutionVersionArn": expected[0].arn,
    }
    assert len(listed) == len(expected)


@pytest.mark.parametrize(
    ("given", "expected"),
    [("{home}/var", "var"), ("relative", ".local/state"), (None, ".local/state")],
)
def test_state_is_kept_where_xdg_says(
    given: str | None,
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    if given is not None:
        monkeypatch.setenv("XDG_STATE_HOME", given.format(home=tmp_path))
    assert cli.main(["env"]) == 1
    assert (
        f"nothing runs in {tmp_path / expected / 'personalize-local'};" in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("arguments", "ran"),
    [
        (["--", "cdk", "deploy"], ["cdk", "deploy"]),
        (["cdk", "deploy", "--all"], ["cdk", "deploy", "--all"]),
        (["--region", "eu-west-1", "--", "cdk", "--", "x"], ["cdk", "--", "x"]),
        (["--job-seconds", "1", "cdk", "--region", "x", "-h"], ["cdk", "--region", "x", "-h"]),
    ],
)
def test_what_follows_belongs_to_the_command_that_is_run(
    arguments: list[str], ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []

    def run(words: list[str], *_: object) -> int:
        seen.append(words)
        return 7

    monkeypatch.setattr(f"{COMMANDS}.instance.start", lambda *_, **__: (FakeAws(), None))
    monkeypatch.setattr(f"{COMMANDS}.instance.bootstrap", lambda *_: None)
    monkeypatch.setattr(commands, "end_child", lambda _: None)
    monkeypatch.setattr(f"{COMMANDS}.command.run", run)
    assert cli.main(["run", *arguments]) == 7
    assert seen == [ran]


def test_a_table_is_plain_text_where_a_program_reads(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "20")
    assert cli.main(["solution-versions"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if "\x1b" in line or line != line.rstrip()] == []
    assert len(lines) == 1 + len(solutions.solution_versions(ACCOUNT, "us-east-1"))


def test_a_missing_package_is_one_line_that_says_what_to_install() -> None:
    code = "import sys; sys.modules['typer'] = None; import personalize_local.cli"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        1,
        "personalize-local: error: the package typer is missing; "
        "run pip install 'cdk-personalize-batch[local]'\n",
    )


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    command = [sys.executable, "-m", "personalize_local", "solution-versions"]
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, b"")


def test_the_command_imports_nothing_that_the_server_alone_needs() -> None:
    code = (
        # Older versions of Typer import rich by themselves.
        "import sys, typer; before = set(sys.modules); "
        "import personalize_local.cli, personalize_local.control; "
        "slow = {'botocore.session', 'boto3', 'ministack', 'rich'}; "
        "print(sorted(slow & (set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
