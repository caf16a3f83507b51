"""Runs of the command."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Final

from typer.testing import CliRunner, Result

from cdk_personalize_batch.cli.program import app
from tests.support import ROOT

Run = Callable[..., Result]
# The words that start the command in a process of its own, and what such a process needs.
PROGRAM: Final = (sys.executable, "-c", "from cdk_personalize_batch.cli import main; main()")
ENVIRONMENT: Final = {
    "PATH": os.environ["PATH"],
    "PYTHONPATH": str(ROOT / "constructs"),
    "LANG": "C.UTF-8",
}


def run(*arguments: object, input: bytes | None = None) -> Result:
    """Runs the command in this process, with `input=` for standard input."""
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(app, words, input=input, prog_name="personalize-batch")


def run_on_terminal(*arguments: object) -> tuple[int, str]:
    """Runs the command on a terminal; returns the exit code and what a person sees."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [*PROGRAM, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=follower,
        stderr=follower,
        env={**ENVIRONMENT, "TERM": "xterm", "COLUMNS": "100"},
    ) as process:
        os.close(follower)
        seen = b"".join(_read(leader))
    os.close(leader)
    return process.returncode, seen.decode()


def _read(leader: int) -> Iterator[bytes]:
    while True:
        try:
            yield os.read(leader, 4096)
        except OSError:  # Linux says so that the last process has left the terminal
            return
