"""The course of what takes its time, from CREATE PENDING to its end: batch jobs and resources."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from personalize_local.errors import JobFailed
from personalize_local.faults import JOB_FAILS, JOB_LASTS, JOB_NEVER_ENDS, Fault
from personalize_local.resources.resource import ACTIVE, FAILED, IN_PROGRESS
from personalize_local.resources.threads import Threads

logger = logging.getLogger("personalize_local")

_PENDING_PART: Final = 0.25


class Move(Protocol):
    """Brings something to a state."""

    def __call__(self, status: str, failure_reason: str | None = None) -> bool:
        """Returns whether it was brought there, and is to be gone on with."""


@dataclass(frozen=True, slots=True)
class Course:
    """What happens to one job or resource.

    Attributes:
        arn: Its ARN.
        move: Brings it to a state.
        work: What is done for it while it is in progress; may raise JobFailed.
        seconds: How long it lasts at least when it does not fail.
    """

    arn: str
    move: Move
    work: Callable[[], object]
    seconds: float

    def run(self, threads: Threads, clock: Callable[[], float], fault: Fault | None) -> None:
        """Goes through the states.

        Args:
            threads: What it waits with.
            clock: Tells the time in epoch seconds.
            fault: How it ends, when a test decides that.
        """
        try:
            self._steps(threads, clock, fault)
        except JobFailed as failure:
            logger.info("%s failed: %s", self.arn, failure)
            self.move(FAILED, str(failure))
        except Exception as error:
            # The thread is the outermost frame: without this it would be in progress for good.
            logger.exception("%s failed by a defect of the local service", self.arn)
            self.move(FAILED, f"Internal error: {type(error).__name__}: {error}")

    def _steps(self, threads: Threads, clock: Callable[[], float], fault: Fault | None) -> None:
        started = clock()
        lasts = max(self.seconds, fault.seconds if fault else 0.0)
        threads.wait(lasts * _PENDING_PART)
        if self.move(IN_PROGRESS):
            logger.info("%s is in progress", self.arn)
            if fault is None or fault.kind == JOB_LASTS:
                self.work()
            elif fault.kind == JOB_NEVER_ENDS:
                threads.wait_for_close()
        # The bound holds when the system's clock is set back while it runs.
        left = min(lasts, started + lasts - clock())
        threads.wait(max(0.0, left))
        if fault is not None and fault.kind == JOB_FAILS:
            raise JobFailed(fault.reason)
        if self.move(ACTIVE):
            logger.info("%s is active", self.arn)
