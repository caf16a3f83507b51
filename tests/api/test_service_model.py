"""Our limits against botocore's model: the day AWS changes one of them, this fails."""

from __future__ import annotations

import re
from typing import Any

import botocore.session
import pytest

from cdk_personalize_batch import limits
from cdk_personalize_batch.request.job_request import InferenceRequest, Placement
from cdk_personalize_batch.request.options import ItemExploration, RankingInfluence, ThemeGeneration
from cdk_personalize_batch.request.solution_version import SolutionVersion

MODEL: Any = botocore.session.get_session().get_service_model("personalize")


def shape(operation: str, *path: str) -> Any:
    found = MODEL.operation_model(operation).input_shape
    for name in path:
        found = found.members[name]
    return found


CREATE = "CreateBatchInferenceJob"
SOURCE = ("jobInput", "s3DataSource")


@pytest.mark.parametrize(
    ("path", "key", "ours"),
    [
        (("jobName",), "max", limits.LONGEST_JOB_NAME),
        (("jobName",), "min", 1),
        (("jobName",), "pattern", f"^{limits.JOB_NAME_PATTERN}"),
        (("solutionVersionArn",), "max", limits.LONGEST_ARN),
        (("filterArn",), "max", limits.LONGEST_ARN),
        (("roleArn",), "max", limits.LONGEST_ARN),
        (("roleArn",), "pattern", limits.ROLE_ARN_PATTERN),
        ((*SOURCE, "path"), "max", limits.LONGEST_S3_PATH),
        ((*SOURCE, "kmsKeyArn"), "max", limits.LONGEST_KEY_ARN),
        ((*SOURCE, "kmsKeyArn"), "pattern", limits.KEY_ARN_PATTERN),
        (
            ("themeGenerationConfig", "fieldsForThemeGeneration", "itemName"),
            "max",
            limits.LONGEST_COLUMN_NAME,
        ),
        (
            ("themeGenerationConfig", "fieldsForThemeGeneration", "itemName"),
            "pattern",
            limits.COLUMN_NAME_PATTERN,
        ),
    ],
)
def test_limits_are_the_models(path: tuple[str, ...], key: str, ours: object) -> None:
    assert shape(CREATE, *path).metadata[key] == ours


def test_tag_limits_are_the_models() -> None:
    tag = shape(CREATE, "tags").member
    assert tag.members["tagKey"].metadata["max"] == limits.LONGEST_TAG_KEY
    assert tag.members["tagValue"].metadata["max"] == limits.LONGEST_TAG_VALUE
    assert shape(CREATE, "tags").metadata["max"] >= limits.TAGS


@pytest.mark.parametrize(
    ("ours", "field", "example"),
    [
        (limits.SOLUTION_VERSION_ARN_PATTERN, "solutionVersionArn", "solution/films/1"),
        (limits.FILTER_ARN_PATTERN, "filterArn", "filter/unseen"),
    ],
)
def test_our_arns_are_among_the_models(ours: str, field: str, example: str) -> None:
    arn = f"arn:aws-cn:personalize:cn-north-1:123456789012:{example}"
    assert re.fullmatch(ours, arn)
    assert re.fullmatch(shape(CREATE, field).metadata["pattern"], arn)


def test_the_request_knows_every_argument_of_the_api() -> None:
    placement = Placement(
        role_arn="r", input_path="s3://b/k", input_key_arn="k", output_key_arn="k"
    )
    common: dict[str, Any] = {
        "solution_version": SolutionVersion.from_arn("v"),
        "job_name": "n",
        "filter_arn": "f",
        "num_results": 1,
    }
    whole: dict[str, Any] = {}
    for part in (
        {"item_exploration": ItemExploration(weight=0.5)},
        {"ranking_influence": RankingInfluence(popularity=1, freshness=1)},
        {"theme_generation": ThemeGeneration(item_name="TITLE")},
    ):
        whole = _merged(whole, InferenceRequest(**common, **part).to_api(placement))
    # The function adds the tags and the output path, which are no part of the request's identity.
    whole["tags"] = []
    whole["jobOutput"]["s3DataDestination"]["path"] = "s3://b/k"
    assert set(whole) == set(shape(CREATE).members)
    for path in (
        ("jobInput", "s3DataSource"),
        ("jobOutput", "s3DataDestination"),
        ("batchInferenceJobConfig",),
        ("themeGenerationConfig",),
        ("themeGenerationConfig", "fieldsForThemeGeneration"),
    ):
        ours = whole
        for name in path:
            ours = ours[name]
        assert set(ours) == set(shape(CREATE, *path).members)
    influence = shape(CREATE, "batchInferenceJobConfig", "rankingInfluence")
    assert set(whole["batchInferenceJobConfig"]["rankingInfluence"]) == set(influence.key.enum)
    assert whole["batchInferenceJobMode"] in shape(CREATE, "batchInferenceJobMode").enum


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _merged(one[key], other[key])
        if isinstance(one.get(key), dict) and isinstance(other.get(key), dict)
        else other.get(key, one.get(key))
        for key in {**one, **other}
    }
