"""Our limits against botocore's model: the day AWS changes one of them, this fails."""

from __future__ import annotations

import re
from typing import Any

import botocore.session
import pytest

from cdk_personalize_batch import _limits
from cdk_personalize_batch.request import (
    InferenceRequest,
    ItemExploration,
    Placement,
    RankingInfluence,
    ThemeGeneration,
)
from cdk_personalize_batch.solution_version import SolutionVersion

MODEL: Any = botocore.session.get_session().get_service_model("personalize")


def shape(operation: str, *path: str) -> Any:  # noqa: ANN401 - botocore makes shapes at run time
    found = MODEL.operation_model(operation).input_shape
    for name in path:
        found = found.members[name]
    return found


CREATE = "CreateBatchInferenceJob"
SOURCE = ("jobInput", "s3DataSource")


@pytest.mark.parametrize(
    ("path", "key", "ours"),
    [
        (("jobName",), "max", _limits.LONGEST_JOB_NAME),
        (("jobName",), "min", 1),
        (("jobName",), "pattern", f"^{_limits.JOB_NAME_PATTERN}"),
        (("solutionVersionArn",), "max", _limits.LONGEST_ARN),
        (("filterArn",), "max", _limits.LONGEST_ARN),
        (("roleArn",), "max", _limits.LONGEST_ARN),
        (("roleArn",), "pattern", _limits.ROLE_ARN_PATTERN),
        ((*SOURCE, "path"), "max", _limits.LONGEST_S3_PATH),
        ((*SOURCE, "kmsKeyArn"), "max", _limits.LONGEST_KEY_ARN),
        ((*SOURCE, "kmsKeyArn"), "pattern", _limits.KEY_ARN_PATTERN),
        (
            ("themeGenerationConfig", "fieldsForThemeGeneration", "itemName"),
            "max",
            _limits.LONGEST_COLUMN_NAME,
        ),
        (
            ("themeGenerationConfig", "fieldsForThemeGeneration", "itemName"),
            "pattern",
            _limits.COLUMN_NAME_PATTERN,
        ),
    ],
)
def test_limits_are_the_models(path: tuple[str, ...], key: str, ours: object) -> None:
    assert shape(CREATE, *path).metadata[key] == ours


def test_tag_limits_are_the_models() -> None:
    tag = shape(CREATE, "tags").member
    assert tag.members["tagKey"].metadata["max"] == _limits.LONGEST_TAG_KEY
    assert tag.members["tagValue"].metadata["max"] == _limits.LONGEST_TAG_VALUE
    assert shape(CREATE, "tags").metadata["max"] >= _limits.TAGS


@pytest.mark.parametrize(
    ("ours", "field", "example"),
    [
        (_limits.SOLUTION_VERSION_ARN_PATTERN, "solutionVersionArn", "solution/films/1"),
        (_limits.FILTER_ARN_PATTERN, "filterArn", "filter/unseen"),
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
