from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from personalize_local import instance
from personalize_local.host.places import STATE_FILE
from personalize_local.host.processes import Interrupted, Signals
from personalize_local.instance import LocalAwsError


def write_state(directory: Path, pid: int) -> None:
    state = {"pid": pid, "port": 1, "region": "us-east-1", "job_seconds": 1}
    (directory / STATE_FILE).write_text(json.dumps(state), encoding="utf-8")


def test_nothing_runs_in_an_empty_directory(tmp_path: Path) -> None:
    assert instance.find(tmp_path) is None


def test_a_process_that_has_ended_is_not_taken_for_ours(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    write_state(tmp_path, process.pid)
    assert instance.find(tmp_path) is None


def test_another_program_with_the_process_id_is_not_taken_for_ours(tmp_path: Path) -> None:
    write_state(tmp_path, os.getpid())
    assert instance.find(tmp_path) is None


def test_a_server_of_another_directory_is_not_taken_for_ours(tmp_path: Path) -> None:
    words = [
        sys.executable,
        "-c",
        "input()",
        "-m",
        "personalize_local.emulator.server",
        "--directory",
        "/x",
    ]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as process:
        try:
            write_state(tmp_path, process.pid)
            assert instance.find(tmp_path) is None
        finally:
            process.kill()


def test_a_server_that_ends_early_shows_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instance, "_MODULE", "personalize_local.no_such_module")
    with pytest.raises(LocalAwsError, match=r"ended with 1:\n.*no_such_module"):
        instance.start(tmp_path, region="us-east-1", job_seconds=1, signals=Signals())


def test_a_signal_ends_the_wait(tmp_path: Path) -> None:
    signals = Signals()
    signals.received = signal.SIGTERM
    with pytest.raises(Interrupted, match="SIGTERM"):
        instance.start(tmp_path, region="us-east-1", job_seconds=1, signals=signals)
    assert instance.find(tmp_path) is None


def test_bootstrap_says_what_failed(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    cdk = tools / "cdk"
    cdk.write_text("#!/bin/sh\necho no bucket today >&2\nexit 3\n")
    cdk.chmod(0o755)
    found = instance.LocalAws(tmp_path, os.getpid(), 1, "us-east-1")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        patch.setenv("PATH", f"{tools}:/usr/bin:/bin")
        with pytest.raises(LocalAwsError, match=r"us-east-1` failed with 3:\n  no bucket today"):
            instance.bootstrap(found, Signals())
        patch.setenv("PATH", "/nowhere")
        with pytest.raises(LocalAwsError, match="npm install aws-cdk@2"):
            instance.bootstrap(found, Signals())
