"""Solution versions: how they are trained, stopped, refused and measured."""

from __future__ import annotations

import pytest

from personalize_local.errors import ApiError
from tests.support.local.own_data import (
    OwnData,
    interactions,
    refused,
)
from tests.support.local.service import Local


def test_automatic_training_is_on_and_runs_when_told_to(local: Local, data: OwnData) -> None:
    arn = data.add_solution("user-personalization-v2")
    assert local.call("DescribeSolution", solutionArn=arn)["solution"]["performAutoTraining"]
    version = local.service.train(arn)
    local.wait(version)
    found = local.call("DescribeSolution", solutionArn=arn)["solution"]["latestSolutionVersion"]
    assert (found["solutionVersionArn"], found["trainingType"]) == (version, "AUTOMATIC")
    local.call("UpdateSolution", solutionArn=arn, performAutoTraining=False)
    with pytest.raises(ApiError, match="trained by hand"):
        local.service.train(arn)
    with pytest.raises(ApiError, match="Could not find"):
        local.service.train("nothing")


def test_an_update_needs_a_full_version_and_a_recipe_that_has_it(
    local: Local, data: OwnData
) -> None:
    old = data.add_solution("user-personalization")
    error = refused(local, "CreateSolutionVersion", solutionArn=old, trainingMode="UPDATE")
    assert "needs an ACTIVE version" in error.message
    assert data.train("user-personalization")["status"] == "ACTIVE"
    assert data.train("user-personalization", trainingMode="UPDATE")["trainingMode"] == "UPDATE"
    new = data.add_solution("user-personalization-v2")
    error = refused(local, "CreateSolutionVersion", solutionArn=new, trainingMode="UPDATE")
    assert "needs one of the recipes" in error.message


def test_a_name_of_a_version_is_taken_once(local: Local, data: OwnData) -> None:
    assert data.train(name="monday")["name"] == "monday"
    (solution,) = data.solutions.values()
    error = refused(local, "CreateSolutionVersion", solutionArn=solution, name="monday")
    assert error.code == "ResourceAlreadyExistsException"


def test_a_training_can_be_stopped(local: Local, data: OwnData) -> None:
    solution = data.add_solution("sims")
    local.time.gate.clear()
    arn = local.call("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    error = refused(local, "DeleteSolution", solutionArn=solution)
    assert error.code == "ResourceInUseException"
    local.call("StopSolutionVersionCreation", solutionVersionArn=arn)

    def status() -> str:
        found = local.call("DescribeSolutionVersion", solutionVersionArn=arn)
        return str(found["solutionVersion"]["status"])

    assert status() == "CREATE STOPPING"
    local.time.gate.set()
    local.wait(arn)
    assert status() == "CREATE STOPPED"
    again = refused(local, "StopSolutionVersionCreation", solutionVersionArn=arn)
    assert "only a training that runs" in again.message
    error = refused(local, "CreateBatchInferenceJob", **local.request(solutionVersionArn=arn))
    assert "must be ACTIVE, and is CREATE STOPPED" in error.message


@pytest.mark.parametrize(
    ("kinds", "content", "recipe", "more", "says"),
    [
        ((), b"", "sims", {}, "Nothing was imported"),
        (("Interactions",), interactions(), "semantic-similarity", {}, "needs an Items data set"),
        (
            ("Interactions",),
            interactions(),
            "sims",
            {"eventType": "buy"},
            "has 0 interactions, and a training needs at least 1000",
        ),
        (
            ("Interactions",),
            interactions(),
            "sims",
            {"solutionConfig": {"eventValueThreshold": "0.5"}},
            "no such field",
        ),
        (
            ("Interactions",),
            b"USER_ID,ITEM_ID,EVENT_TYPE,TIMESTAMP\n" + b"u,i,click,1\n" * 1_000,
            "sims",
            {},
            "has 1 users with at least 2 interactions",
        ),
    ],
)
def test_a_training_without_enough_data_fails_and_says_why(
    local: Local,
    kinds: tuple[str, ...],
    content: bytes,
    recipe: str,
    more: dict[str, object],
    says: str,
) -> None:
    data = OwnData(local)
    for kind in kinds:
        data.add_dataset(kind)
        assert data.load(kind, content)["status"] == "ACTIVE"
    data.add_solution(recipe, **more)
    version = data.train(recipe)
    assert version["status"] == "CREATE FAILED"
    assert says in version["failureReason"]


def test_metrics_are_those_of_a_held_out_part(local: Local, data: OwnData) -> None:
    found = {}
    for recipe in ("user-personalization-v2", "popularity-count", "item-affinity"):
        arn = data.train(recipe)["solutionVersionArn"]
        found[recipe] = local.call("GetSolutionMetrics", solutionVersionArn=arn)["metrics"]
    personal, popular = found["user-personalization-v2"], found["popularity-count"]
    name = "normalized_discounted_cumulative_gain_at_25"
    assert 0 < popular[name] < personal[name] <= 1
    assert set(found["item-affinity"]) == {"coverage", "hits_at_1_percent", "recall_at_1_percent"}
    failing = local.call("ListSolutionVersions", solutionArn=local.solution("not-ready"))
    arn = failing["solutionVersions"][0]["solutionVersionArn"]
    error = refused(local, "GetSolutionMetrics", solutionVersionArn=arn)
    assert error.code == "ResourceInUseException"
