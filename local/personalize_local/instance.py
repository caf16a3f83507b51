"""A local AWS as a process of its own: start, bootstrap, find, and stop it."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from personalize_local.control import Control
from personalize_local.emulator import version
from personalize_local.host import environment, tls
from personalize_local.host.places import STATE_FILE
from personalize_local.host.processes import Signals, end_child, end_group

_MODULE: Final = "personalize_local.emulator.server"
_LOG: Final = "server.log"
_BOOTSTRAP_LOG: Final = "bootstrap.log"
_START_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.05
_TAIL_LINES: Final = 15


class LocalAwsError(Exception):
    """The local AWS cannot be started or used; the text is for the user."""


@dataclass(frozen=True, slots=True)
class LocalAws:
    """A local AWS that runs.

    Attributes:
        directory: Where its files are: certificates, log, and what its services store.
        pid: The id of its process, which leads its process group.
        port: Its port on this machine's loopback address.
        region: The region that its clients work in.
    """

    directory: Path
    pid: int
    port: int
    region: str

    @property
    def endpoint_url(self) -> str:
        """The endpoint of every service."""
        return f"https://{environment.HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """The log of the server and of the services in it."""
        return self.directory / _LOG

    def variables(self, environ: Mapping[str, str] | None = None) -> environment.Variables:
        """Returns the changes to an environment that point clients here.

        Args:
            environ: The environment. Default: - this process's.
        """
        given = os.environ if environ is None else environ
        return environment.variables(self.directory, self.port, self.region, given)

    def environment(self, environ: Mapping[str, str] | None = None) -> dict[str, str]:
        """Returns an environment whose clients work here.

        Args:
            environ: The environment to start from. Default: - this process's.
        """
        given = os.environ if environ is None else environ
        return self.variables(given).applied_to(given)


def start(
    directory: Path,
    *,
    region: str,
    job_seconds: float,
    signals: Signals,
    detached: bool = False,
    real_time: bool = False,
) -> tuple[LocalAws, subprocess.Popen[bytes]]:
    """Starts a local AWS and waits until it answers.

    Args:
        directory: An empty directory for its files.
        region: The region that its clients work in.
        job_seconds: How long a batch job lasts at least.
        signals: Notes the signals that end the wait.
        detached: Whether it outlives this process. Otherwise it stops when this process ends,
            however that comes about.
        real_time: Whether a state machine that waits for a job waits as long as it says, and not
            until the job has ended.

    Returns:
        The instance and its process.

    Raises:
        LocalAwsError: Another version of MiniStack is installed than the one that works; or the
            local AWS ended or did not answer in time.
        Interrupted: A signal arrived.
    """
    if (problem := version.problem()) is not None:
        raise LocalAwsError(problem)
    files = tls.issue(directory, os.environ)
    environment.link_node(directory)
    scratch = directory / "tmp"
    scratch.mkdir()
    command = [sys.executable, "-m", _MODULE, "--directory", str(directory), "--region", region]
    command += ["--job-seconds", str(job_seconds)] + ([] if detached else ["--lifeline"])
    command += ["--real-time"] if real_time else []
    with (directory / _LOG).open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            stdin=subprocess.DEVNULL if detached else subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "TMPDIR": str(scratch)},
            start_new_session=True,
        )
    try:
        return _wait_until_ready(directory, process, files, signals), process
    except BaseException:
        end_child(process)
        raise


def find(directory: Path) -> LocalAws | None:
    """Returns the local AWS whose files are in a directory.

    Args:
        directory: The directory.

    Returns:
        The instance; None when none runs there, also when another program has its process id.
    """
    state = _read_state(directory)
    if state is None:
        return None
    found = LocalAws(directory, state["pid"], state["port"], state["region"])
    return found if _is_running(found) else None


def stop(local_aws: LocalAws) -> None:
    """Stops a local AWS that another process started, with its Lambda workers.

    Args:
        local_aws: The instance.
    """
    end_group(local_aws.pid, lambda: not _is_running(local_aws))


def bootstrap(local_aws: LocalAws, signals: Signals) -> None:
    """Deploys the CDK's bootstrap stack, to which a reset then leads back.

    Args:
        local_aws: The instance.
        signals: Notes the signals that end the wait.

    Raises:
        LocalAwsError: There is no CDK CLI or it failed.
        Interrupted: A signal arrived.
    """
    environ = local_aws.environment()
    cdk = shutil.which("cdk", path=environ["PATH"])
    if cdk is None:
        raise LocalAwsError(
            "the CDK CLI `cdk` is neither in node_modules/.bin of this folder or one above it, "
            "nor on PATH; install it here with `npm install aws-cdk@2`"
        )
    target = f"aws://{environment.ACCOUNT}/{local_aws.region}"
    output = local_aws.directory / _BOOTSTRAP_LOG
    with output.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - found on the user's path
            [cdk, "bootstrap", target],
            cwd=local_aws.directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environ,
            process_group=0,
        )
    try:
        code = signals.wait(process)
    finally:
        end_child(process)
    if code != 0:
        raise LocalAwsError(f"`cdk bootstrap {target}` failed with {code}:\n{_tail(output)}")
    Control(environ).checkpoint()


def _wait_until_ready(
    directory: Path,
    process: subprocess.Popen[bytes],
    files: tls.Certificates,
    signals: Signals,
) -> LocalAws:
    trust = ssl.create_default_context(cafile=str(files.authority))
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        signals.check()
        if process.poll() is not None:
            said = _tail(directory / _LOG)
            raise LocalAwsError(f"the local AWS ended with {process.returncode}:\n{said}")
        state = _read_state(directory)
        if state is not None and _answers(state["port"], trust):
            return LocalAws(directory, state["pid"], state["port"], state["region"])
        time.sleep(_POLL_SECONDS)
    said = _tail(directory / _LOG)
    raise LocalAwsError(f"the local AWS did not answer within {_START_SECONDS:.0f} s:\n{said}")


def _answers(port: int, trust: ssl.SSLContext) -> bool:
    connection = http.client.HTTPSConnection(environment.HOST, port, timeout=5, context=trust)
    try:
        connection.request("GET", "/_ministack/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        # Its socket is bound a moment before it listens.
        return False
    finally:
        connection.close()


def _is_running(local_aws: LocalAws) -> bool:
    """Whether the process is there and is that instance: its command line names the directory."""
    proc = Path("/proc")
    if (proc / "self").exists():
        try:
            words = (proc / str(local_aws.pid) / "cmdline").read_bytes().decode().split("\0")
        except (FileNotFoundError, ProcessLookupError):
            return False
    else:
        listing = ["/bin/ps", "-ww", "-o", "command=", "-p", str(local_aws.pid)]
        done = subprocess.run(listing, capture_output=True, text=True, check=False)  # noqa: S603
        words = done.stdout.split()
    return _MODULE in words and str(local_aws.directory) in words


def _read_state(directory: Path) -> dict[str, Any] | None:
    try:
        state: dict[str, Any] = json.loads((directory / STATE_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return state


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(f"  {line}" for line in lines[-_TAIL_LINES:])
