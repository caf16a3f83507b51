"""A model: what a training made, and what its data sets say now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from personalize_local.catalog.facts import Facts

if TYPE_CHECKING:
    # numpy and scipy take a while to be imported, which only jobs and trainings need.
    from personalize_local.catalog.recommender import Recommender


@dataclass(frozen=True, slots=True)
class Model:
    """What a batch job asks.

    Attributes:
        recommender: What was trained.
        facts: What the data sets say of its items and users, for filters and themes. A job sees the
            metadata of the last import, not those of the training.
    """

    recommender: Recommender
    facts: Facts
