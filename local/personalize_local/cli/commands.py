"""The commands that start, show and stop a local AWS."""

from __future__ import annotations

import fcntl
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Annotated, Final

import typer

from personalize_local import instance
from personalize_local.cli.options import (
    PROGRAM,
    JobSeconds,
    RealTime,
    Region,
    StateDir,
    default_state,
)
from personalize_local.cli.screen import showing
from personalize_local.host import command, environment
from personalize_local.host.processes import Signals, end_child
from personalize_local.instance import LocalAws, LocalAwsError

_STARTING: Final = "starting AWS on this machine"
_BOOTSTRAPPING: Final = "bootstrapping it for the CDK"


class Shell(Enum):
    """How variables are printed."""

    SH = "sh"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    # What follows the first word belongs to the command that is run.
    own = {"allow_interspersed_args": False}
    app.command(context_settings=own, options_metavar="[OPTIONS] --")(run)
    app.command()(up)
    app.command()(env)
    app.command()(down)


def run(
    context: typer.Context,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="COMMAND", help="What to run.")
    ] = None,
    *,
    job_seconds: JobSeconds = 5.0,
    region: Region = environment.DEFAULT_REGION,
    real_time: RealTime = False,
) -> None:
    """Run COMMAND in a fresh local AWS that the CDK has bootstrapped.

    Everything is stopped afterwards. The exit code is the command's.
    """
    if not words:
        context.fail("no COMMAND: name one after `--`")
    with Signals() as signals:
        directory = Path(tempfile.mkdtemp(prefix=f"{PROGRAM}-"))
        try:
            with showing(_STARTING):
                local_aws, server = instance.start(
                    directory,
                    region=region,
                    job_seconds=job_seconds,
                    signals=signals,
                    real_time=real_time,
                )
            try:
                with showing(_BOOTSTRAPPING):
                    instance.bootstrap(local_aws, signals)
                code = command.run(words, local_aws.environment(), signals)
            finally:
                end_child(server)
        finally:
            shutil.rmtree(directory)
    raise typer.Exit(code)


def up(
    job_seconds: JobSeconds = 5.0,
    region: Region = environment.DEFAULT_REGION,
    state_dir: StateDir = None,
    *,
    real_time: RealTime = False,
) -> None:
    """Start one that stays."""
    with _state(state_dir) as directory:
        running = instance.find(directory)
        if running is not None:
            print(f"already running: {_described(running)}")
            return
        _clear(directory)
        directory.mkdir(mode=0o700)
        try:
            running = _start_detached(directory, region, job_seconds, real_time=real_time)
        except BaseException:
            _clear(directory)
            raise
        print(f"running: {_described(running)}, log {running.log}")
        where = "" if state_dir is None else f" --state-dir {shlex.quote(str(state_dir))}"
        print(f'next: eval "$({PROGRAM} env{where})"')


def env(
    shell: Annotated[Shell, typer.Option("--shell", help="How to print them.")] = Shell.SH,
    state_dir: StateDir = None,
) -> None:
    """Print its environment variables."""
    with _state(state_dir) as directory:
        running = instance.find(directory)
    if running is None:
        raise LocalAwsError(f"nothing runs in {directory.parent}; run `{PROGRAM} up` first")
    changes = running.variables()
    print(changes.as_json() if shell is Shell.JSON else changes.as_shell())


def down(state_dir: StateDir = None) -> None:
    """Stop the one that stays."""
    with _state(state_dir) as directory:
        running = instance.find(directory)
        if running is None:
            print("nothing was running")
        else:
            instance.stop(running)
            print(f"stopped: {_described(running)}")
        _clear(directory)


def _start_detached(
    directory: Path, region: str, job_seconds: float, *, real_time: bool
) -> LocalAws:
    with Signals() as signals:
        with showing(_STARTING):
            local_aws, server = instance.start(
                directory,
                region=region,
                job_seconds=job_seconds,
                signals=signals,
                detached=True,
                real_time=real_time,
            )
        try:
            with showing(_BOOTSTRAPPING):
                instance.bootstrap(local_aws, signals)
            signals.check()
        except BaseException:
            end_child(server)
            raise
    return local_aws


@contextmanager
def _state(given: Path | None) -> Iterator[Path]:
    """Yields the directory of the one instance of a state directory, which is locked meanwhile."""
    state = (given or default_state()).absolute()
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (state / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield state / "instance"


def _clear(directory: Path) -> None:
    if directory.exists():
        shutil.rmtree(directory)


def _described(local_aws: LocalAws) -> str:
    return f"{local_aws.endpoint_url}, {local_aws.region}, process {local_aws.pid}"
