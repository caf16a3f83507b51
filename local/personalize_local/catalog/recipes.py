"""The recipes of Amazon Personalize and the records that their batch jobs read and write.

Source: "Preparing input data for batch recommendations", "Batch inference job output examples" and
"Preparing input data for user segments" in the developer guide.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

from personalize_local import limits

FieldType = Literal["string", "list of strings"]


class Batch(Enum):
    """Which kind of batch job a recipe can be used in."""

    INFERENCE = "batch inference"
    SEGMENT = "batch segment"
    NONE = "no batch"


class Task(Enum):
    """What a recipe computes from a record."""

    USER = "items for a user"
    POPULAR = "popular items"
    RANK = "a list in the user's order"
    SIMILAR = "items like an item"
    USERS_FOR_ITEM = "users for an item"
    USERS_FOR_ATTRIBUTES = "users for item attributes"
    NONE = "nothing in batch"


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe.

    Attributes:
        name: The name, the last part of the ARN.
        type: The `recipeType` that DescribeRecipe answers.
        task: What it computes.
        batch: The kind of batch job that it can be used in.
        fields: The keys that every input record needs, with their types.
        scores: Whether an output record has `scores`.
        records_per_file: The quota on the records of one input file.
    """

    name: str
    type: str
    task: Task = Task.NONE
    batch: Batch = Batch.NONE
    fields: tuple[tuple[str, FieldType], ...] = ()
    scores: bool = False
    records_per_file: int = limits.RECORDS_PER_FILE


_USER: Final[tuple[tuple[str, FieldType], ...]] = (("userId", "string"),)
_ITEM: Final[tuple[tuple[str, FieldType], ...]] = (("itemId", "string"),)
_RANK: Final[tuple[tuple[str, FieldType], ...]] = (*_USER, ("itemList", "list of strings"))


def _user(name: str) -> Recipe:
    return Recipe(name, "USER_PERSONALIZATION", Task.USER, Batch.INFERENCE, _USER, scores=True)


def _ranking(name: str) -> Recipe:
    return Recipe(name, "PERSONALIZED_RANKING", Task.RANK, Batch.INFERENCE, _RANK, scores=True)


def _similar(name: str) -> Recipe:
    return Recipe(name, "RELATED_ITEMS", Task.SIMILAR, Batch.INFERENCE, _ITEM)


RECIPES: Final = {
    recipe.name: recipe
    for recipe in (
        _user("aws-user-personalization-v2"),
        _user("aws-user-personalization"),
        _user("aws-hrnn"),
        _user("aws-hrnn-metadata"),
        _user("aws-hrnn-coldstart"),
        Recipe(
            "aws-popularity-count", "USER_PERSONALIZATION", Task.POPULAR, Batch.INFERENCE, _USER
        ),
        _ranking("aws-personalized-ranking-v2"),
        _ranking("aws-personalized-ranking"),
        _similar("aws-similar-items"),
        _similar("aws-sims"),
        _similar("aws-semantic-similarity"),
        Recipe(
            "aws-item-affinity",
            "USER_SEGMENTATION",
            Task.USERS_FOR_ITEM,
            Batch.SEGMENT,
            _ITEM,
            records_per_file=limits.ITEM_AFFINITY_QUERIES,
        ),
        Recipe(
            "aws-item-attribute-affinity",
            "USER_SEGMENTATION",
            Task.USERS_FOR_ATTRIBUTES,
            Batch.SEGMENT,
            (("itemAttributes", "string"),),
            records_per_file=limits.ITEM_ATTRIBUTE_AFFINITY_QUERIES,
        ),
        Recipe("aws-trending-now", "POPULAR_ITEMS"),
        Recipe("aws-next-best-action", "PERSONALIZED_ACTIONS"),
    )
}
