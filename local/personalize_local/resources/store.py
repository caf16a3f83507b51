"""All resources, those that are there from the start and those that callers made."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace

from personalize_local.arns import Scope
from personalize_local.errors import ApiError
from personalize_local.resources.kinds import Kind
from personalize_local.resources.resource import Resource


class ResourceStore:
    """All resources, safe for threads."""

    def __init__(
        self, clock: Callable[[], float], builtin: Callable[[Scope], Mapping[str, Resource]]
    ) -> None:
        """Makes a store with what is there from the start.

        Args:
            clock: Tells the time in epoch seconds.
            builtin: Answers what an account and Region have from the start, by ARN.
        """
        self._clock = clock
        self._builtin = builtin
        self._made: dict[str, Resource] = {}
        self._lock = threading.RLock()

    def add(self, resource: Resource, check: Callable[[], None] = lambda: None) -> None:
        """Adds a new resource.

        Args:
            resource: The resource.
            check: Raises what speaks against it; nothing else is added meanwhile.

        Raises:
            ApiError: ResourceAlreadyExistsException, or what the check raises.
        """
        with self._lock:
            if self.get(resource.scope, resource.arn) is not None:
                raise ApiError(
                    "ResourceAlreadyExistsException",
                    f"Another resource with Amazon Resource Name (ARN) {resource.arn} already "
                    "exists; give the new one another name.",
                )
            check()
            self._made[resource.arn] = resource

    def get(self, scope: Scope, arn: str) -> Resource | None:
        """Returns a resource of an account and Region; None when there is no such one."""
        with self._lock:
            found = self._made.get(arn) or self._builtin(scope).get(arn)
        return found if found is not None and found.scope == scope else None

    def of(self, scope: Scope, kind: Kind, parent: str | None = None) -> list[Resource]:
        """Returns the resources of one kind, those from the start first, then the oldest.

        Args:
            scope: The account and Region.
            kind: The kind.
            parent: What they belong to. Default: - to anything.
        """
        with self._lock:
            all_of_them = [*self._builtin(scope).values(), *self._made.values()]
        return [
            one
            for one in all_of_them
            if (one.kind, one.scope) == (kind, scope) and parent in (None, one.parent)
        ]

    def move(
        self,
        arn: str,
        status: str,
        failure_reason: str | None = None,
        *,
        only_from: frozenset[str] | None = None,
        values: Mapping[str, object] | None = None,
    ) -> bool:
        """Brings a resource to another state.

        Args:
            arn: The resource; one that is gone stays so.
            status: The new state.
            failure_reason: Why it failed.
            only_from: The states that it may follow. Default: - any.
            values: What else is to be shown of it from now on.

        Returns:
            Whether it was brought there.
        """
        with self._lock:
            found = self._made.get(arn)
            if found is None or (only_from is not None and found.status not in only_from):
                return False
            self._made[arn] = replace(
                found,
                status=status,
                failure_reason=failure_reason,
                values={**found.values, **(values or {})},
                updated=self._clock(),
            )
            return True

    def remove(self, arn: str) -> None:
        """Removes a resource, and what belongs to it alone: imports, and versions."""
        with self._lock:
            self._made.pop(arn, None)
            for other in [one.arn for one in self._made.values() if one.parent == arn]:
                self.remove(other)
