from __future__ import annotations

import pytest

from personalize_local.errors import ApiError
from tests.support.local.service import Local, make_caller

ACCOUNT = "123456789012"
BASE = f"arn:aws:personalize:us-east-1:{ACCOUNT}"
JOB = f"{BASE}:batch-inference-job/job"
THEMES = {"fieldsForThemeGeneration": {"itemName": "TITLE"}}


def refused(local: Local, operation: str, **parameters: object) -> ApiError:
    with pytest.raises(ApiError) as caught:
        local.call(operation, **parameters)
    return caught.value


def refused_create(local: Local, recipe: str = "user-personalization", **more: object) -> ApiError:
    return refused(local, "CreateBatchInferenceJob", **local.request(recipe, **more))


@pytest.mark.parametrize(
    ("recipe", "more", "says"),
    [
        ("trending-now", {}, "aws-trending-now does not support batch inference"),
        ("next-best-action", {}, "aws-next-best-action does not support batch inference"),
        ("item-affinity", {}, "it supports batch segment"),
        ("hrnn", {"numResults": 0}, "'numResults'"),
        ("hrnn", {"roleArn": "arn:aws:iam::000000000000:role/r"}, f"the account {ACCOUNT}"),
        (
            "hrnn",
            {"jobOutput": {"s3DataDestination": {"path": "s3://in/users.json/"}}},
            "must differ from the input",
        ),
        ("hrnn", {"tags": [{"tagKey": "AWS:x", "tagValue": ""}]}, "begins with aws:"),
        (
            "hrnn",
            {"tags": [{"tagKey": "x", "tagValue": ""}, {"tagKey": "x", "tagValue": "2"}]},
            "given twice",
        ),
        ("similar-items", {"themeGenerationConfig": THEMES}, "needs batchInferenceJobMode"),
        (
            "similar-items",
            {"batchInferenceJobMode": "THEME_GENERATION"},
            "'themeGenerationConfig' failed",
        ),
        (
            "sims",
            {"batchInferenceJobMode": "THEME_GENERATION", "themeGenerationConfig": THEMES},
            "Themes need the recipe aws-similar-items",
        ),
        (
            "sims",
            {"batchInferenceJobConfig": {"rankingInfluence": {"POPULARITY": 0.5}}},
            "needs the recipe aws-semantic-similarity",
        ),
    ],
)
def test_requests_against_the_documented_rules_are_refused(
    local: Local, recipe: str, more: dict[str, object], says: str
) -> None:
    error = refused_create(local, recipe, **more)
    assert error.code == "InvalidInputException"
    assert says in error.message


def test_themes_are_refused_where_no_region_makes_them(local: Local) -> None:
    local.caller = make_caller(region="eu-west-1")
    request = local.request("similar-items")
    assert local.call("CreateBatchInferenceJob", **request)
    themed = {"batchInferenceJobMode": "THEME_GENERATION", "themeGenerationConfig": THEMES}
    error = refused(local, "CreateBatchInferenceJob", **request, **themed)
    assert "Themes are not made in eu-west-1" in error.message


@pytest.mark.parametrize(
    ("key", "value", "accepted"),
    [
        ("explorationWeight", "0", True),
        ("explorationWeight", "1", True),
        ("explorationWeight", "1.01", False),
        ("explorationWeight", "-0.01", False),
        ("explorationWeight", "nan", False),
        ("explorationWeight", "much", False),
        ("explorationItemAgeCutOff", "1", True),
        ("explorationItemAgeCutOff", "0", False),
        ("explorationItemAgeCutOff", "inf", False),
        ("exploration", "1", False),
    ],
)
def test_exploration_keys_and_ranges(local: Local, key: str, value: str, accepted: bool) -> None:
    config = {"itemExplorationConfig": {key: value}}
    if accepted:
        assert local.create(batchInferenceJobConfig=config) == JOB
    else:
        assert f"Config.{key}'" in refused_create(local, batchInferenceJobConfig=config).message


def test_ranking_influence_is_accepted_by_its_recipe(local: Local) -> None:
    config = {"rankingInfluence": {"POPULARITY": 1, "FRESHNESS": 0.5}}
    local.s3.put("in", "users.json", b'{"itemId":"1001"}')
    arn = local.create("semantic-similarity", batchInferenceJobConfig=config)
    assert local.finish(arn)["status"] == "ACTIVE"


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        (f"{BASE}:solution/none/1", "ResourceNotFoundException"),
        (f"{BASE}:solution/local-hrnn", "ResourceNotFoundException"),
    ],
)
def test_solution_versions_must_exist(local: Local, arn: str, code: str) -> None:
    assert refused_create(local, solutionVersionArn=arn).code == code


def test_solution_versions_must_be_active(local: Local) -> None:
    found = local.call("ListSolutionVersions", solutionArn=local.solution("not-ready"))
    errors = {
        row["status"]: refused_create(local, solutionVersionArn=row["solutionVersionArn"])
        for row in found["solutionVersions"]
    }
    assert errors["CREATE IN_PROGRESS"].code == "ResourceInUseException"
    assert errors["CREATE FAILED"].code == "InvalidInputException"
    assert "must be ACTIVE" in errors["CREATE FAILED"].message


def test_filters_must_exist(local: Local) -> None:
    error = refused_create(local, filterArn=f"{BASE}:filter/none")
    assert error.code == "ResourceNotFoundException"
    segment = local.request("item-affinity", filterArn=f"{BASE}:filter/local-exclude-seen")
    error = refused(local, "CreateBatchSegmentJob", **segment)
    assert "must choose users" in error.message
