"""How resources come into being and go: in threads, through the states that the API documents."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Final

from personalize_local.errors import JobFailed
from personalize_local.faults import JOB_FAILS, JOB_NEVER_ENDS, Fault
from personalize_local.resources.resource import (
    ACTIVE,
    DELETING,
    FAILED,
    IN_PROGRESS,
    PENDING,
    STOPPED,
    STOPPING,
    Resource,
)
from personalize_local.resources.store import ResourceStore
from personalize_local.resources.threads import Threads

logger = logging.getLogger("personalize_local")

_PENDING_PART: Final = 0.25
# Of the time of a job: what holds no data is there sooner than what reads or trains.
_SHORT_PART: Final = 0.1


class Life:
    """Brings resources from state to state."""

    def __init__(self, store: ResourceStore, threads: Threads, *, seconds: float) -> None:
        """Prepares it.

        Args:
            store: Where the resources are.
            threads: Where they are worked on.
            seconds: How long an import or a training lasts at least.
        """
        self._store = store
        self._threads = threads
        self._seconds = seconds

    def begin(
        self,
        resource: Resource,
        work: Callable[[], Mapping[str, object]] | None = None,
        fault: Fault | None = None,
    ) -> None:
        """Brings a new resource to its first end.

        Args:
            resource: The resource, which the store has as CREATE PENDING.
            work: What is done for it; answers what is to be shown of it afterwards, or raises
                JobFailed. Default: - nothing.
            fault: How it ends, when a test decides that.
        """
        self._threads.start(resource.arn, lambda: self._run(resource.arn, work, fault))

    def end(self, resource: Resource, clean_up: Callable[[], None] = lambda: None) -> None:
        """Deletes a resource.

        Args:
            resource: The resource.
            clean_up: What is done before it is gone.
        """
        self._store.move(resource.arn, DELETING)

        def run() -> None:
            self._threads.sleep(self._seconds * _SHORT_PART)
            clean_up()
            self._store.remove(resource.arn)

        self._threads.start(f"delete {resource.arn}", run)

    def _run(
        self,
        arn: str,
        work: Callable[[], Mapping[str, object]] | None,
        fault: Fault | None,
    ) -> None:
        seconds = self._seconds * (_SHORT_PART if work is None else 1.0)
        seconds = max(seconds, fault.seconds if fault else 0.0)
        values: Mapping[str, object] = {}
        try:
            self._threads.wait(seconds * _PENDING_PART)
            if self._store.move(arn, IN_PROGRESS, only_from=frozenset({PENDING})):
                if fault is not None and fault.kind == JOB_NEVER_ENDS:
                    self._threads.wait_for_close()
                values = {} if work is None else work()
            self._threads.wait(seconds * (1 - _PENDING_PART))
        except JobFailed as failure:
            logger.info("%s failed: %s", arn, failure)
            self._fail(arn, str(failure))
            return
        except Exception as error:
            # The thread is the outermost frame: without this it would be in progress for good.
            logger.exception("%s failed by a defect of the local service", arn)
            self._fail(arn, f"Internal error: {type(error).__name__}: {error}")
            return
        if fault is not None and fault.kind == JOB_FAILS:
            self._fail(arn, fault.reason)
        elif not self._store.move(arn, ACTIVE, only_from=frozenset({IN_PROGRESS}), values=values):
            self._store.move(arn, STOPPED, only_from=frozenset({STOPPING}))

    def _fail(self, arn: str, reason: str) -> None:
        running = frozenset({PENDING, IN_PROGRESS})
        if not self._store.move(arn, FAILED, reason, only_from=running):
            self._store.move(arn, STOPPED, only_from=frozenset({STOPPING}))
