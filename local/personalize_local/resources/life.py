"""How resources come into being and go: in threads, through the states that the API documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from personalize_local.faults import Fault
from personalize_local.resources.course import Course
from personalize_local.resources.resource import (
    DELETING,
    IN_PROGRESS,
    PENDING,
    STOPPED,
    STOPPING,
    Resource,
)
from personalize_local.resources.store import ResourceStore
from personalize_local.resources.threads import Threads

_PENDING: Final = frozenset({PENDING})
_RUNNING: Final = frozenset({PENDING, IN_PROGRESS})
_STOPPING: Final = frozenset({STOPPING})
# Of the time of a job: what holds no data is there sooner than what reads or trains.
_SHORT_PART: Final = 0.1


class Life:
    """Brings resources from state to state."""

    def __init__(
        self,
        store: ResourceStore,
        threads: Threads,
        clock: Callable[[], float],
        *,
        seconds: float,
    ) -> None:
        """Prepares it.

        Args:
            store: Where the resources are.
            threads: Where they are worked on.
            clock: Tells the time in epoch seconds.
            seconds: How long an import or a training lasts at least.
        """
        self._store = store
        self._threads = threads
        self._clock = clock
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
        arn, shown = resource.arn, dict[str, object]()

        def do() -> None:
            if work is not None:
                shown.update(work())

        def move(status: str, failure_reason: str | None = None) -> bool:
            before = _PENDING if status == IN_PROGRESS else _RUNNING
            moved = self._store.move(arn, status, failure_reason, only_from=before, values=shown)
            # What is being stopped goes no further, and is stopped when it would have ended.
            if not moved and status != IN_PROGRESS:
                self._store.move(arn, STOPPED, only_from=_STOPPING)
            return moved

        seconds = self._seconds * (_SHORT_PART if work is None else 1.0)
        course = Course(arn, move, do, seconds=seconds)
        self._threads.start(arn, lambda: course.run(self._threads, self._clock, fault))

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
