"""What exists before anybody asks: solutions, their versions, and filters.

Every account and region has the same ones, with stable names, so that templates and tests can
write their ARNs down.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from personalize_local.arns import Scope
from personalize_local.catalog.filters import FILTERS, Filter
from personalize_local.catalog.recipes import RECIPES, Recipe

ACTIVE: Final = "ACTIVE"
IN_PROGRESS: Final = "CREATE IN_PROGRESS"
FAILED: Final = "CREATE FAILED"
CREATED: Final = 1_767_225_600.0  # 1 January 2026

_FAILURE: Final = (
    "The training data has fewer than 1000 interactions. (The local service has this version so "
    "that its refusal can be tested.)"
)
_NOT_READY: Final = "local-not-ready"


@dataclass(frozen=True, slots=True)
class SolutionVersion:
    """A trained model.

    Attributes:
        name: The name of its solution.
        arn: Its ARN.
        recipe: What it was trained with.
        status: `ACTIVE`, `CREATE IN_PROGRESS` or `CREATE FAILED`.
        failure_reason: Why it failed; None otherwise.
    """

    name: str
    arn: str
    recipe: Recipe
    status: str = ACTIVE
    failure_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Solution:
    """A recipe with its settings, and the versions trained from them.

    Attributes:
        name: Its name.
        arn: Its ARN.
        recipe: Its recipe.
        versions: Its versions, oldest first.
    """

    name: str
    arn: str
    recipe: Recipe
    versions: tuple[SolutionVersion, ...]


def dataset_group_arn(scope: Scope) -> str:
    """Returns the ARN of the data set group that everything belongs to."""
    return scope.arn("dataset-group/local")


def solutions(scope: Scope) -> list[Solution]:
    """Returns the solutions: one for each recipe, and one whose versions are not ready."""
    found = []
    for recipe in RECIPES.values():
        name = f"local-{recipe.name.removeprefix('aws-')}"
        arn = scope.arn(f"solution/{name}")
        version = SolutionVersion(name, f"{arn}/{_digest(recipe.name)}", recipe)
        found.append(Solution(name, arn, recipe, (version,)))
    return [*found, _not_ready(scope)]


def solution(scope: Scope, arn: str) -> Solution | None:
    """Returns a solution.

    Returns:
        The solution; None when there is no such one.
    """
    return next((one for one in solutions(scope) if one.arn == arn), None)


def solution_versions(account: str, region: str) -> list[SolutionVersion]:
    """Returns all solution versions, ready ones and others."""
    return [version for one in solutions(Scope(account, region)) for version in one.versions]


def solution_version(scope: Scope, arn: str) -> SolutionVersion | None:
    """Returns a solution version.

    Returns:
        The version; None when there is no such one.
    """
    versions = solution_versions(scope.account, scope.region)
    return next((version for version in versions if version.arn == arn), None)


def filter_by_arn(scope: Scope, arn: str) -> Filter | None:
    """Returns a filter.

    Returns:
        The filter; None when there is no such one.
    """
    return next((one for one in FILTERS.values() if scope.arn(f"filter/{one.name}") == arn), None)


def recipe_by_arn(scope: Scope, arn: str) -> Recipe | None:
    """Returns a recipe.

    Returns:
        The recipe; None when there is no such one.
    """
    return next((one for one in RECIPES.values() if scope.recipe_arn(one.name) == arn), None)


def _not_ready(scope: Scope) -> Solution:
    arn = scope.arn(f"solution/{_NOT_READY}")
    recipe = RECIPES["aws-user-personalization-v2"]
    versions = (
        SolutionVersion(_NOT_READY, f"{arn}/{_digest(FAILED)}", recipe, FAILED, _FAILURE),
        SolutionVersion(_NOT_READY, f"{arn}/{_digest(IN_PROGRESS)}", recipe, IN_PROGRESS),
    )
    return Solution(_NOT_READY, arn, recipe, versions)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
