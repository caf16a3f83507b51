"""The request of a batch job as values: what can be checked and written without the CDK."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cdk_personalize_batch import limits
from cdk_personalize_batch._cdk.tokens import is_token
from cdk_personalize_batch.records.formats import RecordFormat
from cdk_personalize_batch.request import checks
from cdk_personalize_batch.request.options import (
    ItemExploration,
    RankingInfluence,
    ThemeGeneration,
    _present,
)
from cdk_personalize_batch.request.solution_version import SolutionVersion


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

    def validate(self, region: str, account: str) -> list[str]:
        """Returns what is wrong with the request; tokens are not examined."""
        problems = self.solution_version.validate()
        for name, arn in (
            ("solution_version", self.solution_version._any_arn),
            ("filter_arn", self.filter_arn),
        ):
            problems += _place_problems(name, arn, region, account)
        if self.job_name is not None:
            problems += checks.text(
                "job_name",
                self.job_name,
                pattern=limits.JOB_NAME_PATTERN,
                longest=limits.LONGEST_JOB_NAME,
                remedy="use letters, digits, hyphens and underscores, beginning with a letter or "
                "digit",
            )
        if self.filter_arn is not None:
            form = "arn:aws:personalize:REGION:ACCOUNT:filter/NAME"
            problems += checks.arn("filter_arn", self.filter_arn, limits.FILTER_ARN_PATTERN, form)
        if self.num_results is not None:
            problems += checks.whole_number(
                "num_results", self.num_results, least=1, most=self.most_results
            )
        return problems

    def to_api(self, placement: Placement) -> dict[str, Any]:
        """Returns the request with the names of the API, without what the deployment adds."""
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

    def validate(self, region: str, account: str) -> list[str]:
        """Returns what is wrong with the request; tokens are not examined."""
        problems = JobRequest.validate(self, region, account)
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
        if self.theme_generation is None or is_token(region) or region in limits.THEME_REGIONS:
            return []
        return [
            "theme_generation: Amazon Personalize makes themes in "
            f"{', '.join(limits.THEME_REGIONS)} only, and the stack is in {region}; leave it out"
        ]

    def to_api(self, placement: Placement) -> dict[str, Any]:
        """Returns the request with the names of the API, without what the deployment adds."""
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


def _place_problems(name: str, arn: str | None, region: str, account: str) -> list[str]:
    parts = (arn or "").split(":")
    if len(parts) != 6:
        return []
    return [
        f"{name} is of {where}{there} and the job of {here}; Amazon Personalize uses models and "
        f"filters of the job's {what} only, give one that is there"
        for what, where, there, here in (
            ("Region", "", parts[3], region),
            ("account", "the account ", parts[4], account),
        )
        if not is_token(there) and not is_token(here) and there != here
    ]
