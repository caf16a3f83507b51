from __future__ import annotations

import pytest

from personalize_local.arns import Scope, solution_of
from personalize_local.catalog import solutions
from personalize_local.catalog.filters import FILTERS, RecordError, attribute_genres
from personalize_local.catalog.recipes import RECIPES, Batch

SCOPE = Scope("123456789012", "eu-west-1")


def test_every_recipe_has_an_active_solution_version_with_a_stable_arn() -> None:
    arns = {version.recipe.name: version.arn for version in active(SCOPE)}
    assert set(arns) == set(RECIPES)
    assert arns["aws-similar-items"] == (
        "arn:aws:personalize:eu-west-1:123456789012:solution/local-similar-items/0797ac60"
    )


def active(scope: Scope) -> list[solutions.SolutionVersion]:
    versions = solutions.solution_versions(scope.account, scope.region)
    return [version for version in versions if version.status == solutions.ACTIVE]


def test_one_solution_has_a_failed_version_and_one_in_training() -> None:
    found = solutions.solution(SCOPE, SCOPE.arn("solution/local-not-ready"))
    assert found is not None
    states = {version.status: version.failure_reason for version in found.versions}
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
    version = active(SCOPE)[0]
    assert solutions.solution_version(SCOPE, version.arn) == version
    assert solutions.solution_version(other, version.arn) is None
    assert solutions.solution(other, solution_of(version.arn)) is None
    assert solutions.filter_by_arn(SCOPE, SCOPE.arn("filter/local-by-genre")) is not None
    assert solutions.filter_by_arn(other, SCOPE.arn("filter/local-by-genre")) is None


def test_only_recipes_with_batch_say_what_their_records_need() -> None:
    assert {recipe.name for recipe in RECIPES.values() if recipe.batch is Batch.NONE} == {
        "aws-trending-now",
        "aws-next-best-action",
    }
    assert all(
        bool(recipe.fields) == (recipe.batch is not Batch.NONE) for recipe in RECIPES.values()
    )


def test_filters_read_quoted_values() -> None:
    genre = FILTERS["local-by-genre"]
    assert genre.values({"GENRES": '"Comedy", "Drama"'}) == {"GENRES": {"Comedy", "Drama"}}
    assert FILTERS["local-exclude-seen"].values(None) == {}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (None, "needs filterValues for GENRES"),
        ({"genres": '"Comedy"'}, "needs filterValues for GENRES"),
        ("Comedy", "must be an object"),
        ({"GENRES": "Comedy"}, "escaped quotes"),
        ({"GENRES": ["Comedy"]}, "escaped quotes"),
        ({"GENRES": '"Comedy" "Drama"'}, "escaped quotes"),
    ],
)
def test_filters_refuse_values_in_another_form(given: object, says: str) -> None:
    with pytest.raises(RecordError, match=says):
        FILTERS["local-by-genre"].values(given)


def test_attributes_are_conditions_joined_by_and() -> None:
    text = 'ITEMS.genres = "Comedy" AND items.genres="Drama"'
    assert attribute_genres(text) == ["Comedy", "Drama"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "takes only conditions"),
        ('ITEMS.genres != "Comedy"', "takes only conditions"),
        ('ITEMS.genres = "Comedy" OR ITEMS.genres = "Drama"', "takes only conditions"),
        ('ITEMS.price = "5"', "no attribute price"),
    ],
)
def test_attributes_in_another_form_are_refused(text: str, says: str) -> None:
    with pytest.raises(RecordError, match=says):
        attribute_genres(text)
