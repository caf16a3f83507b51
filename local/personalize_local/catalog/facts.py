"""What is known of items, users and events, apart from who met what: filters and themes use it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final, NamedTuple, Protocol

Value = str | float

# What the API calls the types of data sets that batch jobs use.
INTERACTIONS: Final = "INTERACTIONS"
ITEMS: Final = "ITEMS"
USERS: Final = "USERS"


class FieldKind(Enum):
    """What a field of a schema holds, as far as filters care."""

    CATEGORICAL = "categorical"
    TEXT = "text"
    TEXTUAL = "textual"
    NUMBER = "number"
    BOOLEAN = "boolean"


class Events(NamedTuple):
    """Events in columns: the n-th of each belong together.

    Attributes:
        users: Who.
        items: What.
        types: The event types; all empty where the data set has none.
    """

    users: Sequence[str]
    items: Sequence[str]
    types: Sequence[str]


class Facts(Protocol):
    """The data sets of one group, as they are now.

    Data sets are called `INTERACTIONS`, `ITEMS` and `USERS`, and fields as their schema calls them.
    """

    def fields(self, dataset: str) -> Mapping[str, FieldKind]:
        """Returns the fields of a data set by name; none when the group has no such data set."""

    def values(self, dataset: str, field: str) -> Mapping[str, Value]:
        """Returns what a field has for each item or user, by id; nulls are left out."""

    def events(self, latest: int) -> Events:
        """Returns the latest interactions of each user and event type.

        Args:
            latest: How many of each.
        """
