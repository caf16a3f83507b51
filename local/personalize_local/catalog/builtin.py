"""The data that is there before anybody imports any: its recommender, and its facts for filters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

import numpy as np

from personalize_local.catalog import dataset as generated
from personalize_local.catalog.facts import (
    INTERACTIONS,
    ITEMS,
    USERS,
    Events,
    FieldKind,
    Value,
)
from personalize_local.catalog.recommender import Interactions, Recommender

_FIELDS: Final[Mapping[str, Mapping[str, FieldKind]]] = {
    INTERACTIONS: {
        "USER_ID": FieldKind.TEXT,
        "ITEM_ID": FieldKind.TEXT,
        "EVENT_TYPE": FieldKind.TEXT,
        "TIMESTAMP": FieldKind.NUMBER,
    },
    ITEMS: {
        "ITEM_ID": FieldKind.TEXT,
        "TITLE": FieldKind.TEXT,
        "GENRES": FieldKind.CATEGORICAL,
        "CREATION_TIMESTAMP": FieldKind.NUMBER,
        "DESCRIPTION": FieldKind.TEXTUAL,
    },
    USERS: {"USER_ID": FieldKind.TEXT, "GENRES": FieldKind.CATEGORICAL},
}
_OF_ITEMS: Final[Mapping[str, Callable[[generated.Item], Value]]] = {
    "ITEM_ID": lambda item: item.item_id,
    "TITLE": lambda item: item.title,
    "GENRES": lambda item: "|".join(item.genres),
    "CREATION_TIMESTAMP": lambda item: float(item.created),
    "DESCRIPTION": lambda item: item.description,
}
_OF_USERS: Final[Mapping[str, Callable[[generated.User], Value]]] = {
    "USER_ID": lambda user: user.user_id,
    "GENRES": lambda user: "|".join(user.genres),
}


class BuiltinFacts:
    """What the generated data set says; see `catalog.facts.Facts`."""

    def fields(self, dataset: str) -> Mapping[str, FieldKind]:
        """Returns the fields of a data set by name."""
        return _FIELDS.get(dataset, {})

    def values(self, dataset: str, field: str) -> Mapping[str, Value]:
        """Returns what a field has for each item or user, by id."""
        data = generated.load()
        if dataset == ITEMS:
            return {name: _OF_ITEMS[field](item) for name, item in data.items.items()}
        return {name: _OF_USERS[field](user) for name, user in data.users.items()}

    def events(self, latest: int) -> Events:
        """Returns the latest interactions of each user; they have no types."""
        items: dict[str, list[str]] = {}
        for row in generated.load().interactions:
            items.setdefault(row.user_id, []).append(row.item_id)
        pairs = [(user, item) for user, met in items.items() for item in met[-latest:]]
        return Events([user for user, _ in pairs], [item for _, item in pairs], [""] * len(pairs))


@cache
def recommender() -> Recommender:
    """Returns the recommender over the generated data set, made at the first call."""
    data = generated.load()
    users, items = sorted(data.users), sorted(data.items)
    user_places = {name: place for place, name in enumerate(users)}
    item_places = {name: place for place, name in enumerate(items)}
    met = Interactions(
        users,
        items,
        np.asarray([user_places[row.user_id] for row in data.interactions], dtype=np.int32),
        np.asarray([item_places[row.item_id] for row in data.interactions], dtype=np.int32),
    )
    return Recommender(met, {name: float(item.created) for name, item in data.items.items()})
