from __future__ import annotations

import pytest

from personalize_local.arns import Scope, solution_of
from personalize_local.catalog import solutions
from personalize_local.catalog.recipes import RECIPES, Batch
from personalize_local.resources.store import ResourceStore

SCOPE = Scope("123456789012", "eu-west-1")


def test_every_recipe_has_an_active_solution_version_with_a_stable_arn() -> None:
    arns = {version.recipe.name: version.arn for version in active(SCOPE)}
    assert set(arns) == set(RECIPES)
    assert arns["aws-similar-items"] == (
        "arn:aws:personalize:eu-west-1:123456789012:solution/local-similar-items/0797ac60"
    )


def active(scope: Scope) -> list[solutions.SolutionVersion]:
    versions = solutions.solution_versions(scope.account, scope.region)
    return [version for version in versions if version.status == "ACTIVE"]


def test_one_solution_has_a_failed_version_and_one_in_training() -> None:
    arn = SCOPE.arn("solution/local-not-ready")
    versions = solutions.solution_versions(SCOPE.account, SCOPE.region)
    states = {one.status: one.failure_reason for one in versions if solution_of(one.arn) == arn}
    assert set(states) == {"CREATE FAILED", "CREATE IN_PROGRESS"}
    assert states["CREATE FAILED"]
    assert states["CREATE IN_PROGRESS"] is None


def test_china_has_its_own_partition() -> None:
    scope = Scope("123456789012", "cn-north-1")
    assert all(version.arn.startswith("arn:aws-cn:") for version in active(scope))
    arn = "arn:aws-cn:personalize:::recipe/aws-sims"
    assert solutions.recipe_by_arn(scope, arn) is RECIPES["aws-sims"]


@pytest.mark.parametrize("other", [Scope("1" * 12, "eu-west-1"), Scope(SCOPE.account, "us-east-1")])
def test_nothing_is_found_from_another_account_or_region(other: Scope) -> None:
    store = ResourceStore(float, solutions.builtin)
    version = active(SCOPE)[0].arn
    for arn in (version, solution_of(version), SCOPE.arn("filter/local-by-genre")):
        assert store.get(SCOPE, arn) is not None
        assert store.get(other, arn) is None


def test_only_recipes_with_batch_say_what_their_records_need() -> None:
    assert {recipe.name for recipe in RECIPES.values() if recipe.batch is Batch.NONE} == {
        "aws-trending-now",
        "aws-next-best-action",
    }
    assert all(
        bool(recipe.fields) == (recipe.batch is not Batch.NONE) for recipe in RECIPES.values()
    )
