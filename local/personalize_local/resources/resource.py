"""A resource at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from personalize_local.arns import Scope
from personalize_local.resources.kinds import Kind

# The strings that real resources show; the API reference writes some of them without CREATE.
PENDING: Final = "CREATE PENDING"
IN_PROGRESS: Final = "CREATE IN_PROGRESS"
ACTIVE: Final = "ACTIVE"
FAILED: Final = "CREATE FAILED"
STOPPING: Final = "CREATE STOPPING"
STOPPED: Final = "CREATE STOPPED"
DELETING: Final = "DELETE IN_PROGRESS"
UNDER_WAY: Final = frozenset({PENDING, IN_PROGRESS, STOPPING})


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource; a new state is a new one.

    Attributes:
        kind: What it is.
        scope: The account and Region.
        arn: Its ARN.
        values: What Describe and List answer of it besides its state, by the API's names.
        created: When it was created, in epoch seconds.
        updated: When its state changed last, in epoch seconds.
        status: Its state; schemas have none that is shown.
        failure_reason: Why it failed; None otherwise.
        is_builtin: Whether it is there from the start, and stays.
    """

    kind: Kind
    scope: Scope
    arn: str
    values: Mapping[str, object] = field(repr=False)
    created: float
    updated: float
    status: str = PENDING
    failure_reason: str | None = None
    is_builtin: bool = False

    @property
    def name(self) -> str:
        """Its name; an import job's is its job name."""
        return str(self.values.get("name") or self.values.get("jobName"))

    @property
    def parent(self) -> str | None:
        """The ARN by which a list of its kind is asked; None for none."""
        value = self.values.get(self.kind.parent)
        return None if value is None else str(value)

    def text(self, name: str) -> str:
        """Returns one of its values as text; empty where it has none."""
        value = self.values.get(name)
        return "" if value is None else str(value)

    def shown(self) -> dict[str, object]:
        """Returns everything that the API may show of it."""
        answer: dict[str, object] = {
            **self.values,
            self.kind.arn_key: self.arn,
            "status": self.status,
            "creationDateTime": self.created,
            "lastUpdatedDateTime": self.updated,
        }
        if self.failure_reason is not None:
            answer["failureReason"] = self.failure_reason
        return answer
