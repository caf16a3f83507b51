"""Recommendations by popularity and co-occurrence.

These are NOT the models of Amazon Personalize, and say nothing of how good those are. An item is
like another when the same users met both (the cosine of their sets of users), and suits a user as
far as it is like what this user met, with a small part of popularity. It is real data in, real
computation, and the same result every time: enough to run a pipeline from end to end.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property
from math import sqrt
from typing import Final

from personalize_local.catalog import dataset

# Ids with their scores, best first.
Ranking = tuple[tuple[str, float], ...]

_DECIMALS: Final = 7
_POPULARITY_PART: Final = 0.05


class Recommender:
    """Computes rankings from a data set.

    Every ranking holds all items (or users) that the data set knows, best first, ties by id. Scores
    lie between 0 and 1 with seven decimals; those of one ranking sum to 1, but for rounding.
    """

    def __init__(self, data: dataset.Dataset) -> None:
        """Prepares a recommender."""
        self.data = data
        self._met: dict[str, Counter[str]] = {user: Counter() for user in data.users}
        for row in data.interactions:
            self._met[row.user_id][row.item_id] += 1
        counts = Counter(row.item_id for row in data.interactions)
        self._popularity = {item: float(counts[item]) for item in data.items}
        self._popular = _ranked(self._popularity)
        self._for_user: dict[str, Ranking] = {}
        self._similar: dict[tuple[str, float, float], Ranking] = {}

    @cached_property
    def _cosines(self) -> dict[str, dict[str, float]]:
        """How like each other two items are; pairs without a user in common are left out."""
        together: dict[str, Counter[str]] = defaultdict(Counter)
        for items in self._met.values():
            for one in items:
                together[one].update(items.keys())
        return {
            one: {
                other: count / sqrt(together[one][one] * together[other][other])
                for other, count in row.items()
                if other != one
            }
            for one, row in together.items()
        }

    def seen(self, user_id: str) -> frozenset[str]:
        """Returns the items that a user met; none for an unknown user."""
        return frozenset(self._met.get(user_id, ()))

    def popular(self) -> Ranking:
        """Returns all items, the most often met first."""
        return self._popular

    def for_user(self, user_id: str) -> Ranking:
        """Returns all items, those that suit a user best first.

        Items that the user met already stay in: Personalize leaves them out only by a filter. An
        unknown user gets the popular items.
        """
        if user_id not in self._met:
            return self._popular
        if user_id not in self._for_user:
            self._for_user[user_id] = _ranked(self._affinity(user_id))
        return self._for_user[user_id]

    def rank(self, user_id: str, item_ids: Iterable[str]) -> Ranking:
        """Returns some items in the order of a user.

        Args:
            user_id: The user; an unknown one orders by popularity.
            item_ids: The items. Unknown ones keep their order at the end, with the score 0;
                repeated ones count once.
        """
        scores = dict(self.for_user(user_id))
        asked = list(dict.fromkeys(item_ids))
        known = _ranked({item: scores[item] for item in asked if item in scores})
        return known + tuple((item, 0.0) for item in asked if item not in scores)

    def similar_items(
        self, item_id: str, *, popularity: float = 0.0, freshness: float = 0.0
    ) -> Ranking:
        """Returns all other items, the most like an item first.

        Args:
            item_id: The item; an unknown one gets the popular items, as Similar-Items does.
            popularity: How much popular items are preferred, 0 to 1.
            freshness: How much new items are preferred, 0 to 1.
        """
        if item_id not in self.data.items:
            return self._popular
        key = (item_id, popularity, freshness)
        if key not in self._similar:
            near = self._cosines.get(item_id, {})
            self._similar[key] = _ranked(
                {
                    other: near.get(other, 0.0)
                    + popularity * self._share(other)
                    + freshness * self._newness[other]
                    for other in self.data.items
                    if other != item_id
                }
            )
        return self._similar[key]

    def users_for_item(self, item_id: str) -> Ranking:
        """Returns the users whom an item suits, best first; none for an unknown item."""
        return self._users_for([item_id] if item_id in self.data.items else [])

    def users_for_attributes(self, genres: Sequence[str]) -> Ranking:
        """Returns the users whom the items of some genres suit, best first.

        Args:
            genres: The genres that an item must have, all of them. When no item has, the result is
                empty.
        """
        wanted = set(genres)
        return self._users_for(
            [item.item_id for item in self.data.items.values() if wanted <= set(item.genres)]
        )

    def _users_for(self, item_ids: Sequence[str]) -> Ranking:
        if not item_ids:
            return ()
        scores = {user: dict(self.for_user(user)) for user in self._met}
        return _ranked({user: sum(row[item] for item in item_ids) for user, row in scores.items()})

    def _affinity(self, user_id: str) -> dict[str, float]:
        met = self._met[user_id]
        scores = {item: _POPULARITY_PART * self._share(item) for item in self.data.items}
        total = sum(met.values()) or 1
        for item, count in met.items():
            for other, cosine in self._cosines[item].items():
                scores[other] += count / total * cosine
        return scores

    def _share(self, item_id: str) -> float:
        return self._popularity[item_id] / (self._popular_most or 1.0)

    @cached_property
    def _popular_most(self) -> float:
        return max(self._popularity.values(), default=0.0)

    @cached_property
    def _newness(self) -> dict[str, float]:
        ages = sorted(self.data.items.values(), key=lambda item: (item.created, item.item_id))
        return {item.item_id: place / len(ages) for place, item in enumerate(ages, start=1)}


@cache
def load() -> Recommender:
    """Returns the recommender over the generated data set, made at the first call."""
    return Recommender(dataset.load())


def _ranked(scores: Mapping[str, float]) -> Ranking:
    """Sorts by score and brings the scores to a sum of 1."""
    total = sum(scores.values())
    ordered = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(
        (name, round(score / total, _DECIMALS) if total else 0.0) for name, score in ordered
    )
