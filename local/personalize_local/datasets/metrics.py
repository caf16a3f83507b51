"""Metrics of a solution version, computed on a held-out part of its own training data.

Source: "Evaluating a solution version with metrics" in the developer guide: which part is held out,
and how each metric is defined. They say how well the local recommender does, and nothing of Amazon
Personalize's models.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from personalize_local.catalog.recipes import Batch, Recipe, Task
from personalize_local.catalog.recommender import Interactions, Places, Recommender, best

_RANKS: Final = (5, 10, 25)
_HELD_OUT_USERS: Final = 10
_HELD_OUT_PART: Final = 0.1
_HELD_OUT_PART_OF_SEGMENTS: Final = 0.2
_SEGMENT_PART: Final = 0.01
_DECIMALS: Final = 4
# So that a metric of a large data set takes seconds: the first ones in the order of their ids.
_MOST_TESTED: Final = 1_000


def metrics(recommender: Recommender, recipe: Recipe) -> dict[str, float]:
    """Returns the metrics of a recommender.

    Args:
        recommender: What was trained.
        recipe: What it was trained with.
    """
    if recipe.batch is Batch.SEGMENT:
        found = _of_segments(recommender.data)
    else:
        found = _of_items(recommender.data, recipe)
    return {name: round(value, _DECIMALS) for name, value in found.items()}


def ranked(relevant: Sequence[bool], count: int) -> dict[str, float]:
    """Returns the metrics of one list of recommendations.

    Args:
        relevant: Which of the recommendations are relevant, best first.
        count: How many relevant items there are.
    """
    first = next((place for place, hit in enumerate(relevant[: _RANKS[-1]], 1) if hit), None)
    found = {"mean_reciprocal_rank_at_25": 1 / first if first else 0.0}
    for most in _RANKS:
        hits = [place for place, hit in enumerate(relevant[:most], 1) if hit]
        ideal = sum(1 / np.log2(1 + place) for place in range(1, min(most, count) + 1))
        gain = sum(1 / np.log2(1 + place) for place in hits)
        found[f"normalized_discounted_cumulative_gain_at_{most}"] = float(gain / (ideal or 1.0))
        found[f"precision_at_{most}"] = len(hits) / most
    return found


def _of_items(data: Interactions, recipe: Recipe) -> dict[str, float]:
    held_out = np.arange(len(data.users)) % _HELD_OUT_USERS == 0
    kept = ~held_out[data.user]
    trained = Recommender(Interactions(data.users, data.items, data.user[kept], data.item[kept]))
    lists: list[dict[str, float]] = []
    shown = np.zeros(len(data.items), dtype=np.bool_)
    places = {name: place for place, name in enumerate(data.items)}
    for _, items in _histories(data, held_out):
        cut = max(1, round(len(items) * (1 - _HELD_OUT_PART)))
        past, future = items[:cut], {int(item) for item in items[cut:]}
        if not future:
            continue
        popular = recipe.task in (Task.POPULAR, Task.NONE)
        scores = trained.popular() if popular else trained.for_history(past)
        found = [places[name] for name, _ in best(scores, data.items, _RANKS[-1])]
        shown[found] = True
        lists.append(ranked([place in future for place in found], len(future)))
    result = {"coverage": float(shown.mean()) if len(shown) else 0.0}
    for name in ranked([], 1):
        result[name] = float(np.mean([one[name] for one in lists])) if lists else 0.0
    return result


def _of_segments(data: Interactions) -> dict[str, float]:
    everybody = np.ones(len(data.users), dtype=np.bool_)
    test: dict[int, set[int]] = {}
    kept = np.ones(len(data.user), dtype=np.bool_)
    rows = np.argsort(data.user, kind="stable")
    for user, items in _histories(data, everybody):
        cut = max(1, round(len(items) * (1 - _HELD_OUT_PART_OF_SEGMENTS)))
        start = int(np.searchsorted(data.user[rows], user))
        kept[rows[start + cut : start + len(items)]] = False
        for item in items[cut:]:
            test.setdefault(int(item), set()).add(user)
    trained = Recommender(Interactions(data.users, data.items, data.user[kept], data.item[kept]))
    most = max(1, round(len(data.users) * _SEGMENT_PART))
    places = {name: place for place, name in enumerate(data.users)}
    hits, recalls, shown = [], [], np.zeros(len(data.users), dtype=np.bool_)
    for item, users in sorted(test.items())[:_MOST_TESTED]:
        scores = trained.users_for(trained.place_of(data.items[item]))
        found = [places[name] for name, _ in best(scores, data.users, most)]
        shown[found] = True
        hits.append(len(users & set(found)))
        recalls.append(hits[-1] / len(users))
    return {
        "coverage": float(shown.mean()) if len(shown) else 0.0,
        "hits_at_1_percent": float(np.mean(hits)) if hits else 0.0,
        "recall_at_1_percent": float(np.mean(recalls)) if recalls else 0.0,
    }


def _histories(data: Interactions, chosen: npt.NDArray[np.bool_]) -> Iterator[tuple[int, Places]]:
    """Yields users with the items that they met, oldest first."""
    rows = np.argsort(data.user, kind="stable")
    users = data.user[rows]
    for user in np.flatnonzero(chosen)[:_MOST_TESTED]:
        start, end = np.searchsorted(users, [user, user + 1])
        if end > start:
            yield int(user), data.item[rows[start:end]]
