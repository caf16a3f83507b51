"""Trainings: what a recipe needs of the data sets, and the recommender that comes of them.

Source: "Service quotas" in the developer guide for the least amounts; the words of failures are
this project's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from personalize_local import limits
from personalize_local.catalog.facts import INTERACTIONS, ITEMS
from personalize_local.catalog.recipes import Recipe
from personalize_local.datasets.schemas import Schema
from personalize_local.datasets.warehouse import Warehouse
from personalize_local.errors import JobFailed

if TYPE_CHECKING:
    from personalize_local.catalog.recommender import Interactions, Recommender

# Source: the pages of the two recipes: both use what is known of items.
_NEEDS_ITEMS: Final = frozenset({"aws-item-attribute-affinity", "aws-semantic-similarity"})


@dataclass(frozen=True, slots=True)
class Selection:
    """Which interactions a solution is trained with.

    Attributes:
        event_type: The `eventType` of the solution; None for all.
        least_value: Its `eventValueThreshold`; None for none.
    """

    event_type: str | None = None
    least_value: float | None = None


def train(
    warehouse: Warehouse,
    group: Mapping[str, tuple[str, Schema]],
    recipe: Recipe,
    selection: Selection,
) -> Recommender:
    """Trains a recommender.

    Args:
        warehouse: Where the rows are.
        group: The ARN and the schema of each data set of the group, by type.
        recipe: The recipe.
        selection: Which interactions count.

    Returns:
        The recommender.

    Raises:
        JobFailed: There is too little data, or none.
    """
    import duckdb

    from personalize_local.catalog.recommender import Recommender

    imported = {kind: arn for kind, (arn, _) in group.items() if warehouse.has(arn)}
    if INTERACTIONS not in imported:
        raise JobFailed("Nothing was imported into an Interactions data set of the dataset group.")
    if recipe.name in _NEEDS_ITEMS and ITEMS not in imported:
        raise JobFailed(f"The recipe {recipe.name} needs an Items data set with imported items.")
    schema = group[INTERACTIONS][1]
    _check_selection(selection, schema)
    others = {kind: arn for kind, arn in imported.items() if kind != INTERACTIONS}
    try:
        data = warehouse.interactions(
            imported[INTERACTIONS],
            others,
            event_type=selection.event_type,
            least_value=selection.least_value,
        )
    except duckdb.Error as error:
        raise JobFailed(f"The imported data could not be read: {error}") from error
    _check_amounts(data)
    created: dict[str, float] = {}
    if ITEMS in imported and "CREATION_TIMESTAMP" in group[ITEMS][1].names:
        created = dict(
            warehouse.rows("SELECT ITEM_ID, CREATION_TIMESTAMP FROM {0}", imported[ITEMS])
        )
    found = Recommender(data, created)
    found.prepare()
    return found


def _check_selection(selection: Selection, schema: Schema) -> None:
    for given, name in (
        (selection.event_type, "EVENT_TYPE"),
        (selection.least_value, "EVENT_VALUE"),
    ):
        if given is not None and name not in schema.names:
            raise JobFailed(f"The solution chooses by {name}, and the schema has no such field.")


def _check_amounts(data: Interactions) -> None:
    import numpy as np

    count = len(data.user)
    if count < limits.LEAST_INTERACTIONS:
        raise JobFailed(
            f"The training data has {count} interactions, and a training needs at least "
            f"{limits.LEAST_INTERACTIONS}, counted after events are chosen."
        )
    met = np.bincount(data.user, minlength=len(data.users))
    active = int((met >= limits.ACTIVE_USER_INTERACTIONS).sum())
    if active < limits.LEAST_ACTIVE_USERS:
        raise JobFailed(
            f"The training data has {active} users with at least "
            f"{limits.ACTIVE_USER_INTERACTIONS} interactions, and a training needs at least "
            f"{limits.LEAST_ACTIVE_USERS}."
        )
    share = active / max(1, int((met > 0).sum()))
    if share < limits.LEAST_ACTIVE_SHARE:
        raise JobFailed(
            f"Of the users in the training data {share:.2%} have at least "
            f"{limits.ACTIVE_USER_INTERACTIONS} interactions, and a training needs at least "
            f"{limits.LEAST_ACTIVE_SHARE:.0%}."
        )
