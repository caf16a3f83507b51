"""The version of MiniStack is checked before a local AWS starts."""

from __future__ import annotations

import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from personalize_local import cli
from personalize_local.emulator import version
from tests.support import ROOT

COMMAND = f"`{sys.executable} -m pip install ministack=={version.NEEDED}`"


def test_the_version_is_the_one_that_the_package_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"ministack=={version.NEEDED}" in project["optional-dependencies"]["local"]
    assert version.problem() is None


@pytest.mark.parametrize("command", [["run", "--", "true"], ["up"]])
def test_another_version_is_one_line_and_nothing_is_started(
    command: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(metadata, "version", {"ministack": "1.6.0"}.__getitem__)
    assert cli.main(command) == 1
    assert capsys.readouterr().err == (
        "personalize-local: error: MiniStack 1.6.0 is installed, and the local AWS works with "
        f"{version.NEEDED} only, whose internals it uses; install that with {COMMAND}\n"
    )
    assert list(tmp_path.glob("**/*.log")) == []


def test_no_version_at_all_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    told = version.problem() or ""
    assert told.startswith("MiniStack is not installed, and the local AWS works with ")
    assert told.endswith(COMMAND)
