"""What the records of a batch job look like, per recipe.

Source: the developer guide, "Preparing input data for batch recommendations", "Preparing input data
for user segments" and "Filtering batch recommendations and user segments".
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Final, Self

import msgspec

from cdk_personalize_batch import limits

# What reading a line raises that is no record, or no JSON at all.
UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_Text = Annotated[str, msgspec.Meta(min_length=1)]


class Record(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """What every record may have.

    The names are those of Amazon Personalize. No record refers to itself, so the garbage collector
    need not look at them: with millions of records that is a third of the time.
    """

    filterValues: dict[str, str] | msgspec.UnsetType = msgspec.UNSET


class _User(Record, frozen=True):
    userId: _Text


class _Ranking(Record, frozen=True):
    userId: _Text
    itemList: Annotated[tuple[_Text, ...], msgspec.Meta(min_length=1)]


class _Item(Record, frozen=True):
    itemId: _Text


class _ItemAttributes(Record, frozen=True):
    itemAttributes: _Text


class RecordFormat(Enum):
    """What a recipe's batch jobs read: the keys of a record, and how many records a file may have.

    Every record may also have `filterValues`, an object of strings.
    """

    USERS = "users"
    RANKING = "ranking"
    ITEMS = "items"
    THEMES = "themes"
    ITEM_AFFINITY = "item-affinity"
    ITEM_ATTRIBUTE_AFFINITY = "item-attribute-affinity"

    @classmethod
    def for_recipe(cls, recipe: str, *, themes: bool = False) -> Self:
        """Returns the format of a recipe's records.

        Args:
            recipe: The recipe's name or ARN, such as ``aws-similar-items``; the prefix ``aws-`` may
                be left out.
            themes: Whether the job makes themes, which allows fewer records.

        Raises:
            ValueError: No batch job can use the recipe, or not with themes.
        """
        name = recipe.rpartition("/")[2].lower()
        name = name if name.startswith("aws-") else f"aws-{name}"
        value = _RECIPES.get(name)
        if value is None:
            raise ValueError(
                f"no batch job can use the recipe {recipe!r}; use one of {', '.join(_RECIPES)}"
            )
        if themes and name != _THEME_RECIPE:
            raise ValueError(
                f"only {_THEME_RECIPE} makes themes, got {recipe!r}; leave the themes out"
            )
        return cls("themes" if themes else value)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that every record must have."""
        return tuple(key for key in self.type.__struct_fields__ if key != "filterValues")

    @property
    def max_records(self) -> int:
        """How many records Amazon Personalize takes in one file."""
        return _FORMATS[self][1]

    @property
    def example(self) -> str:
        """A record as it is written."""
        return _FORMATS[self][2]

    @property
    def type(self) -> type[Record]:
        """The type that msgspec decodes a record into."""
        return _FORMATS[self][0]


_USER = '{"userId":"4638"}'
_ITEM = '{"itemId":"105"}'
_FORMATS: Final[dict[RecordFormat, tuple[type[Record], int, str]]] = {
    RecordFormat.USERS: (_User, limits.RECORDS_PER_FILE, _USER),
    RecordFormat.RANKING: (
        _Ranking,
        limits.RECORDS_PER_FILE,
        '{"userId":"891","itemList":["27","886"]}',
    ),
    RecordFormat.ITEMS: (_Item, limits.RECORDS_PER_FILE, _ITEM),
    RecordFormat.THEMES: (_Item, limits.THEME_RECORDS_PER_FILE, _ITEM),
    RecordFormat.ITEM_AFFINITY: (_Item, limits.ITEM_AFFINITY_QUERIES, _ITEM),
    RecordFormat.ITEM_ATTRIBUTE_AFFINITY: (
        _ItemAttributes,
        limits.ITEM_ATTRIBUTE_AFFINITY_QUERIES,
        r'{"itemAttributes":"ITEMS.genres = \"Comedy\""}',
    ),
}

_THEME_RECIPE: Final = "aws-similar-items"
_RECIPES: Final = {
    "aws-user-personalization-v2": "users",
    "aws-user-personalization": "users",
    "aws-hrnn": "users",
    "aws-hrnn-metadata": "users",
    "aws-hrnn-coldstart": "users",
    "aws-popularity-count": "users",
    "aws-personalized-ranking-v2": "ranking",
    "aws-personalized-ranking": "ranking",
    "aws-similar-items": "items",
    "aws-sims": "items",
    "aws-semantic-similarity": "items",
    "aws-item-affinity": "item-affinity",
    "aws-item-attribute-affinity": "item-attribute-affinity",
}
RECIPES: Final = tuple(_RECIPES)


def format_problem(name: str, value: object) -> str | None:
    """Returns what is wrong with an argument that must be a format; None for nothing."""
    if isinstance(value, RecordFormat):
        return None
    return f"{name} must be a RecordFormat, such as RecordFormat.USERS, got {value!r:.80}"


def check_format(record_format: object) -> None:
    """Raises a `TypeError` for what is no format."""
    problem = format_problem("record_format", record_format)
    if problem is not None:
        raise TypeError(problem)
