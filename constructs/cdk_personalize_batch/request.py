"""The request of a batch job as values: what can be checked and written without the CDK."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdk_personalize_batch import _checks, _limits
from cdk_personalize_batch._records_formats import RecordFormat
from cdk_personalize_batch._tokens import is_token
from cdk_personalize_batch.solution_version import SolutionVersion

if TYPE_CHECKING:
    from aws_cdk import Duration

_SECONDS_PER_DAY = 86_400


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
            problems += _checks.number("item_exploration.weight", self.weight, least=0, most=1)
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
            for problem in _checks.number(f"ranking_influence.{name}", value, least=0, most=1)
        ]

    def to_api(self) -> dict[str, float]:
        """Returns ``rankingInfluence``."""
        weights = {"POPULARITY": self.popularity, "FRESHNESS": self.freshness}
        return {name: weight for name, weight in weights.items() if weight is not None}


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
        return _checks.text(
            "theme_generation.item_name",
            self.item_name,
            pattern=_limits.COLUMN_NAME_PATTERN,
            longest=_limits.LONGEST_COLUMN_NAME,
            remedy="give the name of a column of the Items data set",
        )

    def to_api(self) -> dict[str, Any]:
        """Returns ``themeGenerationConfig``."""
        return {"fieldsForThemeGeneration": {"itemName": self.item_name}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What a request says of the resources around the job.

    Attributes:
        role_arn: The role that Amazon Personalize assumes.
        input_path: The S3 path of the input; None when the Lambda function puts it in place.
        input_key_arn: The KMS key that decrypts the input.
        output_key_arn: The KMS key that encrypts the output.
    """

    role_arn: str
    input_path: str | None = None
    input_key_arn: str | None = None
    output_key_arn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """What ``CreateBatchInferenceJob`` and ``CreateBatchSegmentJob`` have in common.

    Attributes:
        solution_version: The model.
        job_name: The name of the job; None when the Lambda function makes it.
        filter_arn: The filter.
        num_results: How many results each record gets.
        most_results: The largest ``num_results``; None for no documented limit.
    """

    solution_version: SolutionVersion
    job_name: str | None = None
    filter_arn: str | None = None
    num_results: int | None = None
    most_results: int | None = None

    @property
    def record_format(self) -> RecordFormat | None:
        """What the request asks of the input's records, whatever the recipe; None for nothing."""
        return None

    def validate(self, region: str) -> list[str]:
        """Returns what is wrong with the request; tokens are not examined.

        Args:
            region: The Region of the job.
        """
        problems = self.solution_version.validate()
        problems += _region_problems("solution_version", self.solution_version._any_arn, region)
        problems += _region_problems("filter_arn", self.filter_arn, region)
        if self.job_name is not None:
            problems += _checks.text(
                "job_name",
                self.job_name,
                pattern=_limits.JOB_NAME_PATTERN,
                longest=_limits.LONGEST_JOB_NAME,
                remedy="use letters, digits, hyphens and underscores, beginning with a letter or "
                "digit",
            )
        if self.filter_arn is not None:
            form = "arn:aws:personalize:REGION:ACCOUNT:filter/NAME"
            problems += _checks.arn("filter_arn", self.filter_arn, _limits.FILTER_ARN_PATTERN, form)
        if self.num_results is not None:
            problems += _checks.whole_number(
                "num_results", self.num_results, least=1, most=self.most_results
            )
        return problems

    def to_api(self, placement: Placement) -> dict[str, Any]:
        """Returns the request with the names of the API, without what the deployment adds.

        Args:
            placement: Role, paths and keys.
        """
        source = _present(path=placement.input_path, kmsKeyArn=placement.input_key_arn)
        request: dict[str, Any] = {
            "solutionVersionArn": self.solution_version.arn,
            "filterArn": self.filter_arn,
            "numResults": self.num_results,
            "jobInput": {"s3DataSource": source},
            "jobOutput": {"s3DataDestination": _present(kmsKeyArn=placement.output_key_arn)},
            "roleArn": placement.role_arn,
            "jobName": self.job_name,
        }
        return _present(**request)


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceRequest(JobRequest):
    """The request of a batch inference job.

    Attributes:
        item_exploration: Exploration of new items.
        ranking_influence: Preference for popular and new items.
        theme_generation: Themes; set, it also sets the job's mode.
    """

    item_exploration: ItemExploration | None = None
    ranking_influence: RankingInfluence | None = None
    theme_generation: ThemeGeneration | None = None

    @property
    def record_format(self) -> RecordFormat | None:
        """What the request asks of the input's records, whatever the recipe; None for nothing."""
        return RecordFormat.THEMES if self.theme_generation is not None else None

    def validate(self, region: str) -> list[str]:
        """Returns what is wrong with the request; tokens are not examined.

        Args:
            region: The Region of the job.
        """
        problems = JobRequest.validate(self, region)
        for part in (self.item_exploration, self.ranking_influence, self.theme_generation):
            if part is not None:
                problems += part.validate()
        given = [
            name
            for name in ("item_exploration", "ranking_influence", "theme_generation")
            if getattr(self, name) is not None
        ]
        if len(given) > 1:
            problems.append(
                f"{' and '.join(given)} exclude each other: each is for another recipe "
                "(User-Personalization, Semantic-Similarity, Similar-Items); keep one"
            )
        problems += self._theme_problems(region)
        return problems

    def _theme_problems(self, region: str) -> list[str]:
        if self.theme_generation is None or is_token(region) or region in _limits.THEME_REGIONS:
            return []
        return [
            "theme_generation: Amazon Personalize makes themes in "
            f"{', '.join(_limits.THEME_REGIONS)} only, and the stack is in {region}; leave it out"
        ]

    def to_api(self, placement: Placement) -> dict[str, Any]:
        """Returns the request with the names of the API, without what the deployment adds.

        Args:
            placement: Role, paths and keys.
        """
        request = JobRequest.to_api(self, placement)
        config: dict[str, Mapping[str, object]] = {}
        if self.item_exploration is not None:
            config["itemExplorationConfig"] = self.item_exploration.to_api()
        if self.ranking_influence is not None:
            config["rankingInfluence"] = self.ranking_influence.to_api()
        if config:
            request["batchInferenceJobConfig"] = config
        if self.theme_generation is not None:
            request["batchInferenceJobMode"] = "THEME_GENERATION"
            request["themeGenerationConfig"] = self.theme_generation.to_api()
        return request


def _region_problems(name: str, arn: str | None, region: str) -> list[str]:
    parts = (arn or "").split(":")
    if is_token(region) or len(parts) != 6 or is_token(parts[3]) or parts[3] == region:
        return []
    return [
        f"{name} is of {parts[3]} and the job of {region}; Amazon Personalize uses models and "
        "filters of the job's Region only, give one that is there"
    ]


def _present(**values: Any) -> dict[str, Any]:  # noqa: ANN401 - the values of a JSON object
    return {name: value for name, value in values.items() if value is not None}


def _decimal(value: float) -> str:
    if is_token(value):
        from aws_cdk import Tokenization

        return Tokenization.stringify_number(value)
    # The shortest form: 1.0 and 1 must be one request, not two.
    return f"{value:.12g}"
