"""The command `personalize-local`: AWS with a working Amazon Personalize, on this machine."""

from __future__ import annotations

import argparse
import fcntl
import json
import math
import os
import re
import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from personalize_local import catalog, command, environment, instance
from personalize_local._processes import Interrupted, Signals, end_child
from personalize_local.instance import LocalAws, LocalAwsError

_PROGRAM: Final = "personalize-local"
_BY_SIGNAL: Final = 128
_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_EXAMPLES: Final = """\
examples:
  personalize-local run -- cdk deploy
  personalize-local run --job-seconds 1 --region eu-west-1 -- pytest tests
  personalize-local up && eval "$(personalize-local env)" && cdk deploy; personalize-local down
  personalize-local solution-versions --json
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        arguments: The command line. Default: - the process's.

    Returns:
        The exit code.
    """
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
        # Here and not at the interpreter's end, where a closed pipe could not be caught.
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read it has seen enough; what is left must not be written at the end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BY_SIGNAL + signal.SIGPIPE
    except (LocalAwsError, OSError) as error:
        print(f"{_PROGRAM}: error: {error}", file=sys.stderr)
        return 1
    except Interrupted as interruption:
        return _BY_SIGNAL + interruption.number
    return code


def _run(options: argparse.Namespace) -> int:
    words: list[str] = options.words[1:] if options.words[:1] == ["--"] else options.words
    if not words:
        options.parser.error("no COMMAND: name one after `--`")
    with Signals() as signals:
        directory = Path(tempfile.mkdtemp(prefix=f"{_PROGRAM}-"))
        try:
            local_aws, server = instance.start(
                directory,
                region=options.region,
                job_seconds=options.job_seconds,
                signals=signals,
            )
            try:
                instance.bootstrap(local_aws, signals)
                return command.run(words, local_aws.environment(), signals)
            finally:
                end_child(server)
        finally:
            shutil.rmtree(directory)


def _up(options: argparse.Namespace) -> int:
    with _state(options) as directory:
        running = instance.find(directory)
        if running is not None:
            print(f"already running: {_described(running)}")
            return 0
        _clear(directory)
        directory.mkdir(mode=0o700)
        try:
            running = _start_detached(directory, options)
        except BaseException:
            _clear(directory)
            raise
        print(f"running: {_described(running)}, log {running.log}")
        state = f" --state-dir {shlex.quote(str(options.state_dir))}"
        print(f'next: eval "$({_PROGRAM} env{"" if options.state_dir == _state_dir() else state})"')
    return 0


def _start_detached(directory: Path, options: argparse.Namespace) -> LocalAws:
    with Signals() as signals:
        local_aws, server = instance.start(
            directory,
            region=options.region,
            job_seconds=options.job_seconds,
            signals=signals,
            detached=True,
        )
        try:
            instance.bootstrap(local_aws, signals)
            signals.check()
        except BaseException:
            end_child(server)
            raise
    return local_aws


def _env(options: argparse.Namespace) -> int:
    with _state(options) as directory:
        running = instance.find(directory)
    if running is None:
        raise LocalAwsError(f"nothing runs in {directory.parent}; run `{_PROGRAM} up` first")
    changes = running.variables()
    print(changes.as_json() if options.shell == "json" else changes.as_shell())
    return 0


def _down(options: argparse.Namespace) -> int:
    with _state(options) as directory:
        running = instance.find(directory)
        if running is None:
            print("nothing was running")
        else:
            instance.stop(running)
            print(f"stopped: {_described(running)}")
        _clear(directory)
    return 0


def _solution_versions(options: argparse.Namespace) -> int:
    found = catalog.solution_versions(environment.ACCOUNT, options.region)
    rows = [(one.recipe.name, one.status, one.arn) for one in found]
    if options.json:
        names = ("recipe", "status", "solutionVersionArn")
        print(json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=2))
        return 0
    rows.insert(0, ("RECIPE", "STATUS", "SOLUTION VERSION"))
    recipe, status = (max(len(row[column]) for row in rows) for column in (0, 1))
    for row in rows:
        print(f"{row[0]:{recipe}}  {row[1]:{status}}  {row[2]}")
    return 0


@contextmanager
def _state(options: argparse.Namespace) -> Iterator[Path]:
    """Yields the directory of the one instance of a state directory, which is locked meanwhile."""
    state: Path = options.state_dir.absolute()
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (state / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield state / "instance"


def _clear(directory: Path) -> None:
    if directory.exists():
        shutil.rmtree(directory)


def _described(local_aws: LocalAws) -> str:
    return f"{local_aws.endpoint_url}, {local_aws.region}, process {local_aws.pid}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=_PROGRAM,
        description="AWS with a working Amazon Personalize, on this machine.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="ACTION", required=True)
    region = argparse.ArgumentParser(add_help=False)
    region.add_argument(
        "--region",
        type=_region,
        default=environment.DEFAULT_REGION,
        help="the region to work in (default: %(default)s)",
    )
    jobs = argparse.ArgumentParser(add_help=False)
    jobs.add_argument(
        "--job-seconds",
        type=_seconds,
        default=5.0,
        metavar="N",
        help="how long a batch job lasts at least (default: %(default)g)",
    )
    state = argparse.ArgumentParser(add_help=False)
    state.add_argument(
        "--state-dir",
        type=Path,
        default=_state_dir(),
        metavar="DIR",
        help="where the one that stays is kept (default: %(default)s)",
    )

    run = commands.add_parser(
        "run",
        parents=[jobs, region],
        usage=f"{_PROGRAM} run [--job-seconds N] [--region REGION] -- COMMAND ...",
        help="run a command in a fresh local AWS that the CDK has bootstrapped",
        description="Runs COMMAND in a fresh local AWS that the CDK has bootstrapped, and stops "
        "everything afterwards. The exit code is the command's.",
    )
    run.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND", help="what to run")
    run.set_defaults(run=_run, parser=run)

    up = commands.add_parser("up", parents=[jobs, region, state], help="start one that stays")
    up.set_defaults(run=_up)
    env = commands.add_parser("env", parents=[state], help="print its environment variables")
    env.add_argument("--shell", choices=("sh", "json"), default="sh", help="how to print them")
    env.set_defaults(run=_env)
    down = commands.add_parser("down", parents=[state], help="stop the one that stays")
    down.set_defaults(run=_down)
    versions = commands.add_parser(
        "solution-versions", parents=[region], help="list the solution versions that it has"
    )
    versions.add_argument("--json", action="store_true", help="print JSON")
    versions.set_defaults(run=_solution_versions)
    return parser


def _region(text: str) -> str:
    if not _REGION.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a region such as eu-west-1")
    return text


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds, 0 or more")
    return number


def _state_dir() -> Path:
    given = Path(os.environ.get("XDG_STATE_HOME", ""))
    # The XDG specification: a relative path is to be ignored.
    base = given if given.is_absolute() else Path.home() / ".local" / "state"
    return base / _PROGRAM


if __name__ == "__main__":
    sys.exit(main())
