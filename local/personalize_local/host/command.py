"""Runs the user's command, and leaves none of its processes behind."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from personalize_local.host.processes import Signals, end_child

_GRACE_SECONDS: Final = 8.0
# As shells, env(1) and timeout(1) have it.
_NOT_FOUND: Final = 127
_NOT_EXECUTABLE: Final = 126


def run(words: Sequence[str], environ: Mapping[str, str], signals: Signals) -> int:
    """Runs a command to its end.

    Args:
        words: The program and its arguments.
        environ: Its environment.
        signals: Notes the signals that end it.

    Returns:
        Its exit code; 128 and the signal's number when a signal ended it, 127 when there is no
        such program, 126 when it cannot be executed.

    Raises:
        Interrupted: A signal arrived; the command has ended.
    """
    # At a terminal the command stays in our group, which is the one that may read from it and
    # that gets Ctrl-C. Elsewhere it leads a group, which can be ended as a whole.
    apart = not sys.stdin.isatty()
    program = shutil.which(words[0], path=environ["PATH"])
    if program is None:
        print(f"personalize-local: error: no program {words[0]!r} on PATH", file=sys.stderr)
        return _NOT_FOUND
    try:
        process = subprocess.Popen(  # noqa: S603 - running it is the point
            [program, *words[1:]], env=environ, process_group=0 if apart else None
        )
    except OSError as error:
        print(f"personalize-local: error: {program}: {error.strerror}", file=sys.stderr)
        return _NOT_EXECUTABLE
    try:
        return signals.wait(process)
    finally:
        if apart:
            end_child(process, signals.received or signal.SIGTERM)
        else:
            _end_at_terminal(process, signals.received or signal.SIGTERM)


def _end_at_terminal(process: subprocess.Popen[bytes], received: int) -> None:
    # The terminal sent SIGINT to the command too: twice, it would not end in good order.
    if received != signal.SIGINT:
        process.send_signal(received)
    for escalate in (process.terminate, process.kill):
        try:
            process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            escalate()
    process.wait()
