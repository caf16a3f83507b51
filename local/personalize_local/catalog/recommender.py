"""Recommendations by popularity and co-occurrence.

These are NOT the models of Amazon Personalize, and say nothing of how good those are. An item is
like another when the same users met both (the cosine of their sets of users), and suits a user as
far as it is like what this user met, with a small part of popularity. It is real data in, real
computation, and the same result every time: enough to run a pipeline from end to end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

# Ids with their scores, best first.
Ranking = tuple[tuple[str, float], ...]
Scores = npt.NDArray[np.float64]
Places = npt.NDArray[np.int32]
Kept = npt.NDArray[np.bool_]

_DECIMALS: Final = 7
# Sums of the same numbers in another order differ behind this, and ties must not.
_COMPARED_DECIMALS: Final = 12
_POPULARITY_PART: Final = 0.05
# The most like items that are kept for each item, and the items of one user that count for it: so
# that memory and time grow with the interactions, and not with their square.
_NEIGHBOURS: Final = 200
_ITEMS_OF_USER: Final = 1_000
_ROWS_AT_ONCE: Final = 2_000
_CACHED_SCORES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Interactions:
    """Who met what, in columns.

    Attributes:
        users: The ids of all users, sorted.
        items: The ids of all items, sorted.
        user: The place of the user of each interaction, oldest interaction first.
        item: The place of its item.
    """

    users: Sequence[str]
    items: Sequence[str]
    user: Places
    item: Places


class Recommender:
    """Scores all items, or all users, that the data knows.

    Scores lie between 0 and 1, and those of one answer sum to 1.

    Attributes:
        items: The ids of the items, sorted.
        users: The ids of the users, sorted.
    """

    def __init__(self, data: Interactions, created: Mapping[str, float] | None = None) -> None:
        """Prepares a recommender; what is like what is computed when it is first asked for.

        Args:
            data: Who met what.
            created: When items came into the catalogue, by id, in epoch seconds.
        """
        self.items, self.users = data.items, data.users
        self._data = data
        self._created = created or {}
        self._item_places = {name: place for place, name in enumerate(data.items)}
        self._user_places = {name: place for place, name in enumerate(data.users)}
        self._counts = np.bincount(data.item, minlength=len(data.items)).astype(np.float64)
        self._share = self._counts / (self._counts.max(initial=0.0) or 1.0)
        shape = (len(data.users), len(data.items))
        ones = np.ones(len(data.user))
        # How often; the format sums what is given twice.
        self._met = sparse.csr_array((ones, (data.user, data.item)), shape=shape)
        self._met.sum_duplicates()
        kept = max(1, _CACHED_SCORES // max(1, len(data.items)))
        self._scores_of: Callable[[int], Scores] = lru_cache(maxsize=kept)(self._affinity)

    @property
    def data(self) -> Interactions:
        """Who met what."""
        return self._data

    def prepare(self) -> None:
        """Computes what is like what now, and not when it is first asked for."""
        self._cosines  # noqa: B018 - computed by being asked for

    def popular(self) -> Scores:
        """Scores all items by how often they were met."""
        return self._popular

    def for_user(self, user_id: str) -> Scores:
        """Scores all items for a user.

        Items that the user met already stay in: Personalize leaves them out only by a filter. An
        unknown user gets the popular items.
        """
        place = self._user_places.get(user_id)
        return self.popular() if place is None else self._scores_of(place)

    def for_history(self, items: Places) -> Scores:
        """Scores all items for somebody who met some.

        Args:
            items: The places of the items; those met twice are there twice.
        """
        places, counts = np.unique(items, return_counts=True)
        return self._liked(places, counts / max(1, len(items)))

    def rank(
        self,
        user_id: str,
        item_ids: Iterable[str],
        keep: Kept | None = None,
        *,
        with_unknown: bool = True,
    ) -> Ranking:
        """Returns some items in the order of a user.

        Args:
            user_id: The user; an unknown one orders by popularity.
            item_ids: The items; repeated ones count once.
            keep: Which items may be among them. Default: - all.
            with_unknown: Whether unknown items stay, in their order at the end, with the score 0.
        """
        asked = list(dict.fromkeys(item_ids))
        places = [self._item_places[item] for item in asked if item in self._item_places]
        among = np.zeros(len(self.items), dtype=np.bool_)
        among[places] = True
        if keep is not None:
            among &= keep
        scores = np.where(among, self.for_user(user_id), 0.0)
        known = best(_shares(scores), self.items, keep=among)
        unknown = [item for item in asked if item not in self._item_places]
        return known + (tuple((item, 0.0) for item in unknown) if with_unknown else ())

    def similar_items(
        self, item_id: str, *, popularity: float = 0.0, freshness: float = 0.0
    ) -> tuple[Scores, Kept | None]:
        """Scores all items by how like an item they are.

        Args:
            item_id: The item; an unknown one gets the popular items, as Similar-Items does.
            popularity: How much popular items are preferred, 0 to 1.
            freshness: How much new items are preferred, 0 to 1.

        Returns:
            The scores, and all items but this one; None where it is unknown.
        """
        place = self._item_places.get(item_id)
        if place is None:
            return self.popular(), None
        scores = popularity * self._share + freshness * self._newness
        near = self._cosines
        start, end = near.indptr[place], near.indptr[place + 1]
        scores[near.indices[start:end]] += near.data[start:end]
        others = np.ones(len(self.items), dtype=np.bool_)
        others[place] = False
        scores[place] = 0.0
        return _shares(scores), others

    def users_for(self, chosen: Kept) -> Scores:
        """Scores all users by how well some items suit them.

        Args:
            chosen: The items.
        """
        near, weights = self._cosines, self._weights
        suits = near @ chosen.astype(np.float64)
        every = near @ np.ones(len(self.items))
        scores = weights @ suits + _POPULARITY_PART * self._share[chosen].sum()
        totals = weights @ every + _POPULARITY_PART * self._share.sum()
        return _shares(scores / np.where(totals > 0, totals, 1.0))

    def place_of(self, item_id: str) -> Kept:
        """Returns which of all items an item is; none for an unknown one."""
        kept = np.zeros(len(self.items), dtype=np.bool_)
        if item_id in self._item_places:
            kept[self._item_places[item_id]] = True
        return kept

    def _affinity(self, place: int) -> Scores:
        weights = self._weights
        start, end = weights.indptr[place], weights.indptr[place + 1]
        return self._liked(weights.indices[start:end], weights.data[start:end])

    def _liked(self, items: npt.NDArray[np.integer[Any]], weights: Scores) -> Scores:
        scores = _POPULARITY_PART * self._share
        near = self._cosines
        for item, weight in zip(items.tolist(), weights.tolist(), strict=True):
            start, end = near.indptr[item], near.indptr[item + 1]
            # No item is twice among the neighbours of one, so that += adds each.
            scores[near.indices[start:end]] += weight * near.data[start:end]
        return _shares(scores)

    @cached_property
    def _popular(self) -> Scores:
        return _shares(self._counts)

    @cached_property
    def _weights(self) -> sparse.csr_array:
        """What share of a user's interactions each item has."""
        totals: Scores = np.asarray(self._met.sum(axis=1))
        return sparse.csr_array(
            sparse.diags_array(1 / np.where(totals > 0, totals, 1.0)) @ self._met
        )

    @cached_property
    def _cosines(self) -> sparse.csr_array:
        """How like each other two items are: the cosine of the sets of users who met them."""
        sets = _sets(self._data)
        by_item = sets.T.tocsr()
        sizes = np.diff(by_item.indptr).astype(np.float64)
        scale = 1 / np.sqrt(np.where(sizes > 0, sizes, 1.0))
        sets = sparse.csr_array(sets @ sparse.diags_array(scale))
        by_item = sparse.csr_array(sparse.diags_array(scale) @ by_item)
        blocks = [
            _nearest(by_item[start : start + _ROWS_AT_ONCE] @ sets, start)
            for start in range(0, by_item.shape[0], _ROWS_AT_ONCE)
        ]
        return sparse.csr_array(sparse.vstack(blocks, format="csr"))

    @cached_property
    def _newness(self) -> Scores:
        ages = np.asarray([self._created.get(item, 0.0) for item in self.items])
        order = np.argsort(ages, kind="stable")
        newness = np.empty(len(ages))
        newness[order] = np.arange(1, len(ages) + 1) / max(1, len(ages))
        return newness


def best(
    scores: Scores, names: Sequence[str], count: int | None = None, keep: Kept | None = None
) -> Ranking:
    """Returns the best of some scores, ties by id.

    Args:
        scores: The scores.
        names: The ids that have them, sorted.
        count: How many at most. Default: - all.
        keep: Which may be among them. Default: - all.
    """
    places = np.arange(len(scores)) if keep is None else np.flatnonzero(keep)
    compared = np.round(scores[places], _COMPARED_DECIMALS)
    if count is not None and count < len(places):
        least = np.partition(compared, len(compared) - count)[len(compared) - count]
        enough = np.flatnonzero(compared >= least)
        places, compared = places[enough], compared[enough]
    order = np.argsort(-compared, kind="stable")[:count]
    shown = np.round(compared[order], _DECIMALS).tolist()
    return tuple(zip((names[place] for place in places[order]), shown, strict=True))


def _shares(scores: Scores) -> Scores:
    total = float(scores.sum())
    return scores / total if total else scores


def _sets(data: Interactions) -> sparse.csr_array:
    """Returns whom met whom, without how often; of each user the latest items only."""
    # The latest first, of each user and item the latest one.
    pairs = data.user.astype(np.int64) * max(1, len(data.items)) + data.item
    _, first = np.unique(pairs[::-1], return_index=True)
    latest = len(pairs) - 1 - np.sort(first)
    users = data.user[latest]
    by_user = np.argsort(users, kind="stable")
    users, latest = users[by_user], latest[by_user]
    starts = np.searchsorted(users, np.arange(len(data.users)))
    kept = np.arange(len(users)) - starts[users] < _ITEMS_OF_USER
    shape = (len(data.users), len(data.items))
    ones = np.ones(int(kept.sum()))
    return sparse.csr_array((ones, (users[kept], data.item[latest[kept]])), shape=shape)


def _nearest(rows: sparse.csr_array, first: int) -> sparse.csr_array:
    """Keeps of each row the items that are most like its own, without itself."""
    keep = np.zeros(rows.nnz, dtype=np.bool_)
    for row in range(rows.shape[0]):
        start, end = rows.indptr[row], rows.indptr[row + 1]
        near = rows.data[start:end]
        chosen = rows.indices[start:end] != first + row
        if chosen.sum() > _NEIGHBOURS:
            others = np.where(chosen, np.round(near, _COMPARED_DECIMALS), -1.0)
            # Ties by id, so that the same data gives the same neighbours.
            order = np.lexsort((rows.indices[start:end], -others))
            chosen = np.zeros(end - start, dtype=np.bool_)
            chosen[order[:_NEIGHBOURS]] = True
        keep[start:end] = chosen
    kept = np.concatenate([[0], np.cumsum(keep)])
    return sparse.csr_array(
        (rows.data[keep], rows.indices[keep], kept[rows.indptr]), shape=rows.shape
    )
