"""The processes of a local AWS: what starts, what is handed on, and that nothing is left."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from personalize_local import instance
from personalize_local.host.processes import Signals, end_child
from personalize_local.host.tls import Certificates
from tests.support import PATIENCE_SECONDS, ROOT
from tests.support.waiting import wait_for

PROGRAM = (sys.executable, "-m", "personalize_local")


def settings(temporary: Path) -> dict[str, Any]:
    environ = {**os.environ, "TMPDIR": str(temporary)}
    return {"env": environ, "cwd": ROOT, "stdin": subprocess.DEVNULL, "text": True}


def run(temporary: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments],
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        **settings(temporary),
    )


def is_closed(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def is_gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has collected yet has, too."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z"


def test_the_commands_exit_code_and_output_are_handed_on(tmp_path: Path) -> None:
    script = "echo $AWS_ENDPOINT_URL; cdk --version >&2; exit 7"
    done = run(tmp_path, "run", "--", "sh", "-c", script)
    assert done.returncode == 7
    assert is_closed(int(done.stdout.rpartition(":")[2]))
    assert done.stderr.startswith("2.1148.1 ")
    assert list(tmp_path.iterdir()) == []


def test_a_command_ended_by_a_signal_gives_128_and_its_number(tmp_path: Path) -> None:
    assert run(tmp_path, "run", "sh", "-c", "kill -9 $$").returncode == 137


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_nothing_running(tmp_path: Path, number: signal.Signals) -> None:
    # A shell has its background children ignore SIGINT.
    script = "sleep 600 & echo $$ $! $AWS_ENDPOINT_URL; wait"
    words = [*PROGRAM, "run", "--", "sh", "-c", script]
    with subprocess.Popen(words, stdout=subprocess.PIPE, **settings(tmp_path)) as process:
        assert process.stdout is not None
        shell, child, url = process.stdout.readline().split()
        (directory,) = tmp_path.iterdir()
        server = json.loads((directory / "server.json").read_text())["pid"]
        os.kill(process.pid, number)
        assert process.wait(PATIENCE_SECONDS) == 128 + number
    assert all(is_gone(pid) for pid in (int(shell), int(child), server))
    assert is_closed(int(url.rpartition(":")[2]))
    assert list(tmp_path.iterdir()) == []


def test_a_signal_while_it_starts_leaves_nothing_running(tmp_path: Path) -> None:
    words = [*PROGRAM, "run", "--", "echo", "ran"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, **settings(tmp_path)) as process:
        state = wait_for(lambda: next(tmp_path.glob("*/server.json"), None))
        assert state is not None
        server = json.loads(state.read_text())["pid"]
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    assert output == ""
    assert is_gone(server)
    assert list(tmp_path.iterdir()) == []


def test_it_stays_until_it_is_told_to_stop(tmp_path: Path) -> None:
    state = ("--state-dir", str(tmp_path / "state"))
    try:
        first = run(tmp_path, "up", *state)
        assert (first.returncode, first.stderr) == (0, "")
        again = run(tmp_path, "up", *state)
        assert again.returncode == 0
        assert again.stdout.startswith("already running: https://127.0.0.1:")
        variables = json.loads(run(tmp_path, "env", "--shell", "json", *state).stdout)
        assert variables["AWS_ENDPOINT_URL"] in first.stdout
        exported = f"export AWS_ENDPOINT_URL={variables['AWS_ENDPOINT_URL']}"
        assert exported in run(tmp_path, "env", *state).stdout.splitlines()
    finally:
        down = run(tmp_path, "down", *state)
    assert down.stdout.startswith("stopped: https://127.0.0.1:")
    assert is_closed(int(variables["AWS_ENDPOINT_URL"].rpartition(":")[2]))
    down = run(tmp_path, "down", *state)
    assert (down.returncode, down.stdout) == (0, "nothing was running\n")
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["lock"]


def test_it_starts_is_found_and_stops(tmp_path: Path) -> None:
    started, process = instance.start(
        tmp_path, region="eu-west-1", job_seconds=1, signals=Signals(), detached=True
    )
    try:
        assert process.pid == started.pid == os.getpgid(started.pid)
        assert instance.find(tmp_path) == started
        assert started.environment({})["AWS_ENDPOINT_URL"] == started.endpoint_url
        assert not is_closed(started.port)
        instance.stop(started)
        assert process.wait(PATIENCE_SECONDS) == 0
        assert is_closed(started.port)
        assert instance.find(tmp_path) is None
    finally:
        end_child(process)


def test_it_stops_when_whoever_started_it_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from personalize_local import instance\n"
        "from personalize_local.host.processes import Signals\n"
        "started, _ = instance.start(Path(sys.argv[1]), region='us-east-1', job_seconds=1,"
        " signals=Signals())\n"
        "print(started.pid, started.port, flush=True); time.sleep(600)"
    )
    words = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pid, port = map(int, process.stdout.readline().split())
        process.kill()
    wait_for(lambda: is_gone(pid))
    assert is_closed(port)


def test_open_connections_do_not_hold_it(tmp_path: Path) -> None:
    started, process = instance.start(
        tmp_path, region="us-east-1", job_seconds=1, signals=Signals()
    )
    trust = ssl.create_default_context(cafile=str(Certificates.below(tmp_path).authority))
    idle, half_way = (
        http.client.HTTPSConnection("127.0.0.1", started.port, context=trust) for _ in range(2)
    )
    try:
        idle.request("GET", "/_ministack/health")
        idle.getresponse().read()
        half_way.putrequest("PUT", "/bucket/key")
        half_way.putheader("Content-Length", "100")
        half_way.endheaders(b"a part")
        process.terminate()
        # The connections are still open, and ask for nothing.
        assert process.wait(PATIENCE_SECONDS) == 0
    finally:
        end_child(process)
        idle.close()
        half_way.close()
