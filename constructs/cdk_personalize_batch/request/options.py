"""What a request can ask for beside its input and its model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdk_personalize_batch import limits
from cdk_personalize_batch._cdk.tokens import is_token
from cdk_personalize_batch.request import checks
from cdk_personalize_batch.request.argument_types import typed_fields

if TYPE_CHECKING:
    from aws_cdk import Duration


_SECONDS_PER_DAY = 86_400


@typed_fields
@dataclass(frozen=True, slots=True, kw_only=True)
class ItemExploration:
    """How much a job of the User-Personalization recipe explores new items.

    Source: the developer guide, "User-Personalization recipe"; User-Personalization-v2 chooses for
    itself.

    Attributes:
        weight: 0 recommends only by what users liked, 1 explores most. Default: - the service's,
            0.3.
        item_age_cut_off: Items older than this, in whole days and at least one, are not explored.
            Default: - the service's, 30 days.
    """

    weight: float | None = None
    item_age_cut_off: Duration | None = None

    def validate(self) -> list[str]:
        """Returns what is wrong with the values; tokens are not examined."""
        problems = []
        if self.weight is not None:
            problems += _weight_problems("item_exploration.weight", self.weight)
        cut_off = self.item_age_cut_off
        if cut_off is not None and not cut_off.is_unresolved():
            seconds = float(cut_off.to_seconds(integral=False))
            if seconds < _SECONDS_PER_DAY or seconds % _SECONDS_PER_DAY:
                problems.append(
                    "item_exploration.item_age_cut_off must be a whole number of days, at least "
                    f"1, got {seconds / _SECONDS_PER_DAY:g} days"
                )
        return problems

    def to_api(self) -> dict[str, str]:
        """Returns ``itemExplorationConfig``; the API takes its values as strings."""
        config = {}
        if self.weight is not None:
            config["explorationWeight"] = _decimal(self.weight)
        if self.item_age_cut_off is not None:
            config["explorationItemAgeCutOff"] = _decimal(self.item_age_cut_off.to_days())
        return config


@typed_fields
@dataclass(frozen=True, slots=True, kw_only=True)
class RankingInfluence:
    """How far a job of the Semantic-Similarity recipe prefers popular and new items.

    Source: the botocore shape ``RankingInfluence``; both weights are from 0 to 1.

    Attributes:
        popularity: The weight of an item's popularity. Default: - the service's, 0.
        freshness: The weight of an item's newness. Default: - the service's, 0.
    """

    popularity: float | None = None
    freshness: float | None = None

    def validate(self) -> list[str]:
        """Returns what is wrong with the values; tokens are not examined."""
        return [
            problem
            for name in ("popularity", "freshness")
            if (value := getattr(self, name)) is not None
            for problem in _weight_problems(f"ranking_influence.{name}", value)
        ]

    def to_api(self) -> dict[str, float]:
        """Returns ``rankingInfluence``."""
        weights = {"POPULARITY": self.popularity, "FRESHNESS": self.freshness}
        return {name: weight for name, weight in weights.items() if weight is not None}


@typed_fields
@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeGeneration:
    """Has a job of the Similar-Items recipe make a theme for each of its lists of items.

    Themes cost extra and exist in us-east-1, us-west-2 and ap-northeast-1; an input file has at
    most 100 records. Source: the developer guide, "Batch recommendations with themes".

    Attributes:
        item_name: The column of the Items data set that holds the items' names; at most 150
            letters, digits and underscores, not beginning with a digit (botocore shape
            ``ColumnName``).
    """

    item_name: str

    def validate(self) -> list[str]:
        """Returns what is wrong with the values; tokens are not examined."""
        return checks.text(
            "theme_generation.item_name",
            self.item_name,
            pattern=limits.COLUMN_NAME_PATTERN,
            longest=limits.LONGEST_COLUMN_NAME,
            remedy="give the name of a column of the Items data set",
        )

    def to_api(self) -> dict[str, Any]:
        """Returns ``themeGenerationConfig``."""
        return {"fieldsForThemeGeneration": {"itemName": self.item_name}}


def _weight_problems(name: str, value: object) -> list[str]:
    return checks.number(name, value, least=limits.LEAST_WEIGHT, most=limits.LARGEST_WEIGHT)


def _present(**values: Any) -> dict[str, Any]:  # noqa: ANN401 - the values of a JSON object
    return {name: value for name, value in values.items() if value is not None}


def _decimal(value: float) -> str:
    if is_token(value):
        from aws_cdk import Tokenization

        return Tokenization.stringify_number(value)
    # The shortest form: 1.0 and 1 must be one request, not two.
    return f"{value:.12g}"
