"""The records of batch jobs: one JSON object a line in, one a line out.

Source: "Preparing input data for batch recommendations" and "Batch inference job output examples"
in the developer guide. What a record with an error looks like was seen in the output of a real job;
the exact texts are this project's, except the one for missing fields. Where AWS documents nothing
(ids that are numbers, a byte order mark, records that are no JSON, a placeholder without a value),
the record gets an error and the job goes on. In a job that makes themes such a record has no
`output`, as the code of an AWS workshop that reads them expects.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from personalize_local.catalog.filters import Filter, RecordError, attribute_genres
from personalize_local.catalog.recipes import Batch, Recipe, Task
from personalize_local.catalog.recommender import Ranking, Recommender

_BOM: Final = "\ufeff"
_SHOWN: Final = 200
# Of themes: "Ranking and scoring" in the developer guide tells of about -0.1 to 0.6.
_LEAST_RELEVANCE: Final = -0.1
_RELEVANCES: Final = 0.7
_DECIMALS: Final = 7


@dataclass(frozen=True, slots=True)
class Answerer:
    """Answers the records of one job.

    Attributes:
        recommender: Where the recommendations come from.
        recipe: What the job's solution version was trained with.
        num_results: How many results a record gets at most.
        filter: The job's filter; None for none.
        themes: Whether the job makes themes.
        popularity: How much popular items are preferred (`rankingInfluence`), 0 to 1.
        freshness: How much new items are preferred (`rankingInfluence`), 0 to 1.
    """

    recommender: Recommender
    recipe: Recipe
    num_results: int
    filter: Filter | None = None
    themes: bool = False
    popularity: float = 0.0
    freshness: float = 0.0

    def answer(self, line: bytes) -> str | None:
        """Answers one line of an input file.

        Args:
            line: The line, with or without its line end.

        Returns:
            The line of the output file, without line end; None for a blank line.
        """
        if not line.strip():
            return None
        text = line.rstrip(b"\r\n").decode("utf-8", errors="replace")
        try:
            record = _parse(line, text)
        except RecordError as error:
            return self._failed(text, error)
        try:
            return _dump(self._answered(record))
        except RecordError as error:
            return self._failed(record, error)

    def _answered(self, record: Mapping[str, object]) -> dict[str, object]:
        self._check_fields(record)
        if self.recipe.batch is Batch.SEGMENT:
            users = [user for user, _ in self._users(record)[: self.num_results]]
            # As jobs of both recipes print it; the samples of the developer guide have
            # `recommendedUsers`, no `error` and, for item attributes, no `input`.
            return {"input": record, "output": {"usersList": users}, "error": None}
        items = self._kept(record, self._items(record))[: self.num_results]
        output: dict[str, object] = {"recommendedItems": [item for item, _ in items]}
        if self.recipe.scores:
            output["scores"] = [score for _, score in items]
        if self.themes:
            output = self._with_theme([item for item, _ in items])
        return {"input": record, "output": output, "error": None}

    def _check_fields(self, record: Mapping[str, object]) -> None:
        names = [name for name, _ in self.recipe.fields]
        if any(record.get(name) is None for name in names):
            raise RecordError(
                f"Required fields for the provided recipe are {', '.join(names)}",
            )
        for name, kind in self.recipe.fields:
            value = record[name]
            if kind == "string" and not isinstance(value, str):
                raise RecordError(f"{name} must be a string, and is {_shown(value)}")
            if kind == "list of strings" and not _is_strings(value):
                raise RecordError(
                    f"{name} must be a list of at least one string, and is {_shown(value)}"
                )

    def _items(self, record: Mapping[str, object]) -> Ranking:
        task = self.recipe.task
        if task is Task.USER:
            return self.recommender.for_user(str(record["userId"]))
        if task is Task.POPULAR:
            return self.recommender.popular()
        if task is Task.RANK:
            wanted = record["itemList"]
            items = [str(item) for item in wanted] if isinstance(wanted, list) else []
            return self.recommender.rank(str(record["userId"]), items)
        if task is Task.SIMILAR:
            return self.recommender.similar_items(
                str(record["itemId"]), popularity=self.popularity, freshness=self.freshness
            )
        raise ValueError(f"the recipe {self.recipe.name} recommends no items in batch jobs")

    def _users(self, record: Mapping[str, object]) -> Ranking:
        if self.recipe.task is Task.USERS_FOR_ITEM:
            return self.recommender.users_for_item(str(record["itemId"]))
        genres = attribute_genres(str(record["itemAttributes"]))
        return self.recommender.users_for_attributes(genres)

    def _kept(self, record: Mapping[str, object], ranking: Ranking) -> Ranking:
        if self.filter is None:
            return ranking
        values = self.filter.values(record.get("filterValues"))
        user = record.get("userId")
        user_id = user if isinstance(user, str) else ""
        return tuple(
            (item, score)
            for item, score in ranking
            if self.filter.keeps(self.recommender, user_id, item, values)
        )

    def _with_theme(self, items: Sequence[str]) -> dict[str, object]:
        """Names what most of the items have in common, and ranks them by how far they have it."""
        genres = {item: self.recommender.data.items[item].genres for item in items}
        counts = Counter(genre for names in genres.values() for genre in names)
        top = [genre for genre, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]
        weights = {genre: counts[genre] / len(items) for genre in top[:2]}
        found = {
            item: _LEAST_RELEVANCE
            + _RELEVANCES * sum(weights.get(genre, 0.0) for genre in genres[item]) / len(weights)
            for item in items
        }
        ranked = sorted(items, key=lambda item: -found[item])
        theme = " and ".join(genre.lower() for genre in top[:2]) or "nothing in common"
        return {
            "recommendedItems": ranked,
            "theme": f"Discover {theme}",
            "itemsThemeRelevanceScores": [round(found[item], _DECIMALS) for item in ranked],
        }

    def _failed(self, given: object, error: RecordError) -> str:
        reason = f"User error: {error}"
        if self.themes:
            return _dump({"input": given, "error": reason})
        segment = self.recipe.batch is Batch.SEGMENT
        empty: dict[str, object] = {"usersList" if segment else "recommendedItems": []}
        return _dump({"input": given, "output": empty, "error": reason})


def _parse(line: bytes, text: str) -> dict[str, object]:
    if text.startswith(_BOM):
        raise RecordError("The file starts with a byte order mark; write it as UTF-8 without one")
    try:
        record = json.loads(line.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise RecordError("The record is not UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise RecordError(f"The record is not one JSON object on one line: {error}") from None
    if not isinstance(record, dict):
        raise RecordError(f"The record must be a JSON object, and is {_shown(record)}")
    return record


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _is_strings(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)


def _shown(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _dump(value: Mapping[str, object]) -> str:
    # ASCII, because a JSON string may hold half of a surrogate pair, which UTF-8 cannot.
    return json.dumps(value, separators=(",", ":"))
