"""Child processes that never outlive their parent's interest in them."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Final

_POLL_SECONDS: Final = 0.1
_CHECK_SECONDS: Final = 0.02
# What remains of a group whose leader has ended; zombies that nobody collects count too.
_REST_SECONDS: Final = 1.0


class Interrupted(Exception):
    """A signal asked this process to stop.

    Attributes:
        number: The number of the signal.
    """

    def __init__(self, number: int) -> None:
        """Makes the report."""
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.number = number


class Signals:
    """Notes the signals that ask to stop, so that nothing is interrupted half way.

    As a context manager it handles SIGINT, SIGTERM and SIGHUP, and restores what was before.
    """

    def __init__(self) -> None:
        """Handles nothing yet."""
        self.received: int | None = None
        self._before: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> Signals:
        """Begins to note signals."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Restores the handlers."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self) -> None:
        """Raises Interrupted when a signal has arrived."""
        if self.received is not None:
            raise Interrupted(self.received)

    def wait(self, process: subprocess.Popen[bytes]) -> int:
        """Waits for a process.

        Returns:
            Its exit code; 128 and the signal's number when a signal ended it.

        Raises:
            Interrupted: A signal arrived first; the process still runs.
        """
        while True:
            try:
                code = process.wait(_POLL_SECONDS)
            except subprocess.TimeoutExpired:
                self.check()
            else:
                return code if code >= 0 else 128 - code

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.received = self.received or number


def end_group(
    leader: int, has_ended: Callable[[], bool], first: int = signal.SIGTERM, grace: float = 5.0
) -> None:
    """Ends a process group: asks twice, waits, then kills.

    Args:
        leader: The process id of its leader, which is the group's id.
        has_ended: Tells whether the leader has ended, and collects it if it is a child.
        first: The signal that asks; SIGTERM is the second.
        grace: How many seconds the leader gets each time.
    """
    for number in (first, signal.SIGTERM):
        if not has_ended():
            _signal(leader, number)
            _until(has_ended, grace)
    _until(lambda: not _signal(leader, 0), _REST_SECONDS)
    _signal(leader, signal.SIGKILL)
    _until(has_ended, grace)


def end_child(process: subprocess.Popen[bytes], first: int = signal.SIGTERM) -> None:
    """Ends a child that leads its process group, and the group; closes the pipe to its input.

    Args:
        process: The child.
        first: The signal that asks.
    """
    end_group(process.pid, lambda: process.poll() is not None, first)
    if process.stdin is not None:
        process.stdin.close()


def _signal(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        # macOS says so of a group that has only zombies left.
        return False
    return True


def _until(done: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(_CHECK_SECONDS)
