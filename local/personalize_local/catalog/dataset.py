"""The data that the local Amazon Personalize recommends from: items, users and interactions.

All of it is generated, by the same seed every time: 200 items of eight genres, 300 users who each
like two of the genres, and about 9,400 interactions that follow those tastes and a long tail of
popularity. `python -m personalize_local.dataset` prints the interactions as CSV.
"""

from __future__ import annotations

import random
import sys
from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Final, TypeVar

GENRES: Final = (
    "Adventure",
    "Animation",
    "Comedy",
    "Documentary",
    "Drama",
    "Music",
    "Mystery",
    "Science",
)
ITEM_COUNT: Final = 200
USER_COUNT: Final = 300
SEED: Final = 20_260_101

_FIRST_ITEM: Final = 1001
_FIRST_INTERACTION: Final = 1_735_689_600  # 1 January 2025
_YEAR: Final = 365 * 24 * 3600
_ADJECTIVES: Final = (
    *("Quiet", "Golden", "Distant", "Hidden", "Bright"),
    *("Winter", "Silver", "Open", "Early", "Broken"),
)
_NOUNS: Final = (
    *("Harbor", "Orchard", "Lantern", "Meadow", "Bridge", "Compass", "Garden", "River"),
    *("Signal", "Staircase", "Island", "Letter", "Window", "Valley", "Archive", "Tower"),
    *("Forest", "Mirror", "Market", "Voyage"),
)

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the items data set.

    Attributes:
        item_id: The id, "1001" and up.
        title: An invented title.
        genres: One or two genres, the main one first.
        description: One sentence, the textual field.
        created: When the item came into the catalog, in epoch seconds.
    """

    item_id: str
    title: str
    genres: tuple[str, ...]
    description: str
    created: int


@dataclass(frozen=True, slots=True)
class User:
    """A row of the users data set.

    Attributes:
        user_id: The id, "1" to "300".
        genres: The two genres that the user likes most, the favourite first.
    """

    user_id: str
    genres: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Interaction:
    """A row of the interactions data set.

    Attributes:
        user_id: Who.
        item_id: What.
        timestamp: When, in epoch seconds.
    """

    user_id: str
    item_id: str
    timestamp: int


@dataclass(frozen=True, slots=True)
class Dataset:
    """Everything that the local recommendations are computed from.

    Attributes:
        items: The items by id.
        users: The users by id.
        interactions: Who met what and when.
    """

    items: dict[str, Item]
    users: dict[str, User]
    interactions: tuple[Interaction, ...]


@cache
def load() -> Dataset:
    """Returns the data set, generated at the first call."""
    # Only Random.random() is used: Python promises its sequence for a seed, and that of no other
    # method, so that every Python generates the same data.
    draw = random.Random(SEED).random  # noqa: S311 - data, not secrets
    items = _items(draw)
    users = _users(draw)
    return Dataset(
        {item.item_id: item for item in items},
        {user.user_id: user for user in users},
        _interactions(draw, items, users),
    )


def _pick(draw: Callable[[], float], choices: Sequence[_T]) -> _T:
    return choices[int(draw() * len(choices))]


def _items(draw: Callable[[], float]) -> list[Item]:
    # 10 adjectives and 20 nouns give each of the 200 items a title of its own.
    titles = [f"{adjective} {noun}" for noun in _NOUNS for adjective in _ADJECTIVES]
    items = []
    for number in range(ITEM_COUNT):
        main = GENRES[number % len(GENRES)]
        second = _pick(draw, GENRES)
        genres = (main,) if second == main or draw() < 0.5 else (main, second)
        title = titles[number]
        items.append(
            Item(
                str(_FIRST_ITEM + number),
                title,
                genres,
                f"{title}, a work of {' and '.join(genres).lower()}.",
                _FIRST_INTERACTION - int(draw() * _YEAR),
            )
        )
    return items


def _users(draw: Callable[[], float]) -> list[User]:
    users = []
    for number in range(1, USER_COUNT + 1):
        first = _pick(draw, GENRES)
        second = _pick(draw, [genre for genre in GENRES if genre != first])
        users.append(User(str(number), (first, second)))
    return users


def _interactions(
    draw: Callable[[], float], items: Sequence[Item], users: Sequence[User]
) -> tuple[Interaction, ...]:
    # The n-th item of its genre is met about 1/n as often as the first: a long tail.
    popularity = [1 / (1 + number // len(GENRES)) for number in range(len(items))]
    rows = []
    for user in users:
        weights = [_taste(user, item) * popularity[n] for n, item in enumerate(items)]
        steps = list(accumulate(weights))
        for _ in range(8 + int(draw() * 50)):
            item = items[min(bisect(steps, draw() * steps[-1]), len(items) - 1)]
            when = _FIRST_INTERACTION + int(draw() * _YEAR)
            rows.append(Interaction(user.user_id, item.item_id, when))
    return tuple(sorted(rows, key=lambda row: (row.timestamp, row.user_id, row.item_id)))


def _taste(user: User, item: Item) -> float:
    if item.genres[0] == user.genres[0]:
        return 12.0
    if user.genres[0] in item.genres or item.genres[0] == user.genres[1]:
        return 5.0
    return 0.5


def main() -> None:
    """Prints the interactions as CSV, in the column names of Personalize's schemas."""
    sys.stdout.write("USER_ID,ITEM_ID,TIMESTAMP\n")
    for row in load().interactions:
        sys.stdout.write(f"{row.user_id},{row.item_id},{row.timestamp}\n")


if __name__ == "__main__":
    main()
