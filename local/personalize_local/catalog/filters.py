"""The filters that exist on the local Amazon Personalize, and the expressions in batch records.

Only these filters are evaluated; the expressions are Personalize's own grammar, so that the same
ones work on AWS.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from personalize_local.catalog.recommender import Recommender

# (recommender, user id or "", item id, placeholder values) -> whether the item stays.
_Test = Callable[[Recommender, str, str, Mapping[str, frozenset[str]]], bool]

# A value list as the records write it: "\"Comedy\",\"Drama\"".
_QUOTED: Final = r'"[^"]*"'
_VALUES: Final = re.compile(rf"\s*{_QUOTED}(\s*,\s*{_QUOTED})*\s*")
# One condition of a user segment: ITEMS.genres = "Comedy".
_CONDITION: Final = re.compile(r'\s*items\.([A-Za-z_][A-Za-z\d_]*)\s*=\s*"([^"]*)"\s*', re.I)
_AND: Final = re.compile(r"\s+AND\s+", re.I)


class RecordError(ValueError):
    """A record that cannot be answered; the text goes into the record's `error`."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter.

    Attributes:
        name: The name, the last part of the ARN.
        expression: The filter expression.
        placeholders: The placeholders of the expression, without `$`.
        keeps: Whether an item passes.
    """

    name: str
    expression: str
    placeholders: tuple[str, ...]
    keeps: _Test

    def values(self, given: object) -> dict[str, frozenset[str]]:
        """Reads the `filterValues` of a record.

        Args:
            given: The value of `filterValues`; None when the record has none. Keys that the
                expression does not name are ignored.

        Returns:
            The values of each placeholder.

        Raises:
            RecordError: A value is missing or not written as quoted values.
        """
        if not self.placeholders:
            return {}
        if given is None:
            given = {}
        if not isinstance(given, Mapping):
            raise RecordError("filterValues must be an object of placeholder names and values")
        missing = [name for name in self.placeholders if name not in given]
        if missing:
            raise RecordError(
                f"The filter {self.name} needs filterValues for {', '.join(missing)}, for example "
                f'{{"{missing[0]}": "\\"Comedy\\",\\"Drama\\""}}'
            )
        return {name: _values(name, given[name]) for name in self.placeholders}


def _values(name: str, given: object) -> frozenset[str]:
    if not isinstance(given, str) or not _VALUES.fullmatch(given):
        raise RecordError(
            f"filterValues.{name} must be one string in which every value stands in escaped "
            f'quotes, such as "\\"Comedy\\",\\"Drama\\"", and is {given!r}'
        )
    return frozenset(value.strip('"') for value in re.findall(_QUOTED, given))


def _not_seen(
    recommender: Recommender, user_id: str, item_id: str, _: Mapping[str, frozenset[str]]
) -> bool:
    return item_id not in recommender.seen(user_id)


def _of_genre(
    recommender: Recommender, _: str, item_id: str, values: Mapping[str, frozenset[str]]
) -> bool:
    item = recommender.data.items.get(item_id)
    return item is not None and not values["GENRES"].isdisjoint(item.genres)


FILTERS: Final = {
    filter_.name: filter_
    for filter_ in (
        # A record without a user (the recipes for similar items) has seen nothing.
        Filter(
            "local-exclude-seen",
            'EXCLUDE ItemID WHERE Interactions.event_type IN ("*")',
            (),
            _not_seen,
        ),
        Filter(
            "local-by-genre",
            "INCLUDE ItemID WHERE Items.genres IN ($GENRES)",
            ("GENRES",),
            _of_genre,
        ),
    )
}


def attribute_genres(expression: str) -> list[str]:
    """Reads the `itemAttributes` of a user-segment record.

    Args:
        expression: Conditions such as `ITEMS.genres = "Comedy"`, joined by AND. The only attribute
            of the local items is `genres`.

    Returns:
        The genres that an item must have.

    Raises:
        RecordError: The expression is not of that form.
    """
    genres = []
    for part in _AND.split(expression.strip()):
        found = _CONDITION.fullmatch(part)
        if not found:
            raise RecordError(
                f'itemAttributes takes only conditions such as ITEMS.genres = "Comedy", joined by '
                f"AND, and has {part!r}"
            )
        if found[1].lower() != "genres":
            raise RecordError(f"the items have no attribute {found[1]}; they have genres")
        genres.append(found[2])
    return genres
