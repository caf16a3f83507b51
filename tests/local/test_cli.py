from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from personalize_local import catalog, cli
from personalize_local.environment import ACCOUNT


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
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["--help"])
    assert caught.value.code == 0
    assert "personalize-local run -- cdk deploy" in capsys.readouterr().out


def test_solution_versions_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    expected = catalog.solution_versions(ACCOUNT, "eu-west-1")
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
    [("/var/state", "/var/state/personalize-local"), ("relative", None), (None, None)],
)
def test_state_is_kept_where_xdg_says(
    given: str | None,
    expected: str | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    if given is not None:
        monkeypatch.setenv("XDG_STATE_HOME", given)
    with pytest.raises(SystemExit):
        cli.main(["up", "--help"])
    default = expected or "/home/someone/.local/state/personalize-local"
    assert f"(default: {default})" in capsys.readouterr().out


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    command = [sys.executable, "-m", "personalize_local", "solution-versions"]
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(  # noqa: S603 - this Python
            command, stdout=writing, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, b"")
