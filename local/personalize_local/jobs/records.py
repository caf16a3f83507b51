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
from functools import cached_property
from typing import Final

from personalize_local.catalog.facts import ITEMS, FieldKind, Value
from personalize_local.catalog.filters.evaluation import Choice, Kept, parts_of
from personalize_local.catalog.filters.expressions import Conjunction, ExpressionError
from personalize_local.catalog.filters.filter import Filter, RecordError
from personalize_local.catalog.filters.grammar import parse_attributes
from personalize_local.catalog.models import Model
from personalize_local.catalog.recipes import Batch, Recipe, Task
from personalize_local.catalog.recommender import Ranking, Scores, best

_BOM: Final = "\ufeff"
_SHOWN: Final = 200
# Of themes: "Ranking and scoring" in the developer guide tells of about -0.1 to 0.6.
_LEAST_RELEVANCE: Final = -0.1
_RELEVANCES: Final = 0.7
_DECIMALS: Final = 7


class Answerer:
    """Answers the records of one job."""

    def __init__(
        self,
        model: Model,
        recipe: Recipe,
        num_results: int,
        filter: Filter | None = None,
        *,
        themes: bool = False,
        popularity: float = 0.0,
        freshness: float = 0.0,
    ) -> None:
        """Prepares it.

        Args:
            model: What was trained, and what is known of its items and users now.
            recipe: What it was trained with.
            num_results: How many results a record gets at most.
            filter: The job's filter. Default: - none.
            themes: Whether the job makes themes.
            popularity: How much popular items are preferred (`rankingInfluence`), 0 to 1.
            freshness: How much new items are preferred (`rankingInfluence`), 0 to 1.
        """
        self._recommender = model.recommender
        self._facts = model.facts
        self._recipe = recipe
        self._num_results = num_results
        self._filter = filter
        self._themes = themes
        self._popularity = popularity
        self._freshness = freshness
        self._choice = Choice(
            () if filter is None else filter.expressions,
            model.facts,
            items=model.recommender.items,
            users=model.recommender.users,
        )

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
        if self._recipe.batch is Batch.SEGMENT:
            users = [user for user, _ in self._users(record)]
            # As jobs of both recipes print it; the samples of the developer guide have
            # `recommendedUsers`, no `error` and, for item attributes, no `input`.
            return {"input": record, "output": {"usersList": users}, "error": None}
        items = self._items(record)
        output: dict[str, object] = {"recommendedItems": [item for item, _ in items]}
        if self._recipe.scores:
            output["scores"] = [score for _, score in items]
        if self._themes:
            output = self._with_theme([item for item, _ in items])
        return {"input": record, "output": output, "error": None}

    def _check_fields(self, record: Mapping[str, object]) -> None:
        names = [name for name, _ in self._recipe.fields]
        if any(record.get(name) is None for name in names):
            raise RecordError(
                f"Required fields for the provided recipe are {', '.join(names)}",
            )
        for name, kind in self._recipe.fields:
            value = record[name]
            if kind == "string" and not isinstance(value, str):
                raise RecordError(f"{name} must be a string, and is {_shown(value)}")
            if kind == "list of strings" and not _is_strings(value):
                raise RecordError(
                    f"{name} must be a list of at least one string, and is {_shown(value)}"
                )

    def _items(self, record: Mapping[str, object]) -> Ranking:
        user, item = str(record.get("userId") or ""), str(record.get("itemId") or "")
        keep = self._kept(record, user, item)
        task, known = self._recipe.task, self._recommender
        if task is Task.RANK:
            wanted = record["itemList"]
            names = [str(name) for name in wanted] if isinstance(wanted, list) else []
            with_unknown = self._filter is None or self._filter.keeps_unknown
            ranked = known.rank(user, names, keep, with_unknown=with_unknown)
            return ranked[: self._num_results]
        others: Kept | None = None
        if task is Task.USER:
            scores = known.for_user(user)
        elif task is Task.POPULAR:
            scores = known.popular()
        elif task is Task.SIMILAR:
            scores, others = known.similar_items(
                item, popularity=self._popularity, freshness=self._freshness
            )
        else:
            raise ValueError(f"the recipe {self._recipe.name} recommends no items in batch jobs")
        if others is not None:
            keep = others if keep is None else keep & others
        return best(scores, known.items, self._num_results, keep)

    def _kept(self, record: Mapping[str, object], user: str, item: str) -> Kept | None:
        if self._filter is None:
            return None
        given = self._filter.values(record.get("filterValues"))
        return self._choice.items(given, user=user, item=item)

    def _users(self, record: Mapping[str, object]) -> Ranking:
        if self._recipe.task is Task.USERS_FOR_ITEM:
            chosen = self._recommender.place_of(str(record["itemId"]))
        else:
            chosen = self._choice.items_with(self._attributes(str(record["itemAttributes"])))
        if not chosen.any():
            return ()
        keep = None
        if self._filter is not None:
            keep = self._choice.users(self._filter.values(record.get("filterValues")))
        scores: Scores = self._recommender.users_for(chosen)
        return best(scores, self._recommender.users, self._num_results, keep)

    def _attributes(self, text: str) -> Conjunction:
        try:
            conditions = parse_attributes(text)
        except ExpressionError as error:
            raise RecordError(
                'itemAttributes takes only conditions such as ITEMS.genres = "Comedy", joined by '
                f"AND: {error}"
            ) from None
        known = [name for name in self._facts.fields(ITEMS) if name.upper() != "ITEM_ID"]
        for one in conditions:
            if one.field.name not in {name.upper() for name in known}:
                raise RecordError(
                    f"the items have no attribute {one.field.name}; they have {', '.join(known)}"
                )
        return conditions

    def _with_theme(self, items: Sequence[str]) -> dict[str, object]:
        """Names what most of the items have in common, and ranks them by how far they have it."""
        categories = self._categories
        genres = {item: parts_of(categories.get(item)) for item in items}
        counts = Counter(genre for names in genres.values() for genre in names)
        top = [genre for genre, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]
        weights = {genre: counts[genre] / len(items) for genre in top[:2]}
        found = {
            item: _LEAST_RELEVANCE
            + _RELEVANCES
            * sum(weights.get(genre, 0.0) for genre in genres[item])
            / max(1, len(weights))
            for item in items
        }
        ranked = sorted(items, key=lambda item: -found[item])
        theme = " and ".join(genre.lower() for genre in top[:2]) or "nothing in common"
        return {
            "recommendedItems": ranked,
            "theme": f"Discover {theme}",
            "itemsThemeRelevanceScores": [round(found[item], _DECIMALS) for item in ranked],
        }

    @cached_property
    def _categories(self) -> Mapping[str, Value]:
        """The first categorical field of the items, by id."""
        fields = self._facts.fields(ITEMS)
        names = [name for name, kind in fields.items() if kind is FieldKind.CATEGORICAL]
        return self._facts.values(ITEMS, names[0]) if names else {}

    def _failed(self, given: object, error: RecordError) -> str:
        reason = f"User error: {error}"
        if self._themes:
            return _dump({"input": given, "error": reason})
        segment = self._recipe.batch is Batch.SEGMENT
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
