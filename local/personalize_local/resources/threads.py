"""The threads of everything that takes its time, and what ends all of them early."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from personalize_local.errors import JobFailed

logger = logging.getLogger("personalize_local")

_CLOSE_SECONDS: Final = 10.0


class Threads:
    """Threads of one service; closing it ends their waits."""

    def __init__(self, sleep: Callable[[float], object] | None = None) -> None:
        """Makes it without threads.

        Args:
            sleep: Waits some seconds. Default: - a real wait, which `close` ends early.
        """
        self._stopped = threading.Event()
        self._sleep = sleep or self._stopped.wait
        self._running: set[threading.Thread] = set()
        self._lock = threading.Lock()

    def start(self, name: str, work: Callable[[], object]) -> None:
        """Runs something in a thread of its own; quotas bound their number.

        Args:
            name: The name of the thread.
            work: What to run; it raises nothing.
        """

        def run() -> None:
            try:
                work()
            finally:
                with self._lock:
                    self._running.discard(threading.current_thread())

        thread = threading.Thread(target=run, name=name, daemon=True)
        with self._lock:
            self._running.add(thread)
        thread.start()

    def sleep(self, seconds: float) -> None:
        """Waits some seconds, or until it is closed."""
        self._sleep(seconds)

    def wait(self, seconds: float) -> None:
        """Waits some seconds.

        Raises:
            JobFailed: It was closed meanwhile.
        """
        self._sleep(seconds)
        self.check()

    def wait_for_close(self) -> None:
        """Waits until it is closed.

        Raises:
            JobFailed: It was closed.
        """
        self._stopped.wait()
        self.check()

    def check(self) -> None:
        """Goes on unless it is closed.

        Raises:
            JobFailed: It is closed.
        """
        if self._stopped.is_set():
            raise JobFailed("The local Amazon Personalize was stopped before the job ended.")

    def close(self) -> None:
        """Ends all waits, and waits for the threads."""
        self._stopped.set()
        with self._lock:
            threads = list(self._running)
        for thread in threads:
            thread.join(_CLOSE_SECONDS)
            if thread.is_alive():
                logger.warning("%s did not stop in %s s", thread.name, _CLOSE_SECONDS)
