"""What exists before anybody asks: a dataset group, solutions, their versions, and filters.

Every account and Region has the same ones, with stable names, so that templates and tests can
write their ARNs down.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from personalize_local.arns import Scope
from personalize_local.catalog.recipes import RECIPES, Recipe
from personalize_local.resources.kinds import (
    DATASET_GROUP,
    FILTER,
    SOLUTION,
    SOLUTION_VERSION,
    Kind,
)
from personalize_local.resources.resource import ACTIVE, FAILED, IN_PROGRESS, Resource

CREATED: Final = 1_767_225_600.0  # 1 January 2026
GROUP: Final = "local"
FILTERS: Final = {
    "local-exclude-seen": 'EXCLUDE ItemID WHERE Interactions.event_type IN ("*")',
    "local-by-genre": "INCLUDE ItemID WHERE Items.genres IN ($GENRES)",
}

_FAILURE: Final = (
    "The training data has fewer than 1000 interactions. (The local service has this version so "
    "that its refusal can be tested.)"
)
_NOT_READY: Final = "local-not-ready"


@dataclass(frozen=True, slots=True)
class SolutionVersion:
    """A trained model.

    Attributes:
        arn: Its ARN.
        recipe: What it was trained with.
        dataset_group: The ARN of the dataset group whose data it was trained with.
        status: `ACTIVE`, `CREATE IN_PROGRESS`, `CREATE FAILED`, …
        failure_reason: Why it failed; None otherwise.
    """

    arn: str
    recipe: Recipe
    dataset_group: str
    status: str = ACTIVE
    failure_reason: str | None = None


def solution_versions(account: str, region: str) -> list[SolutionVersion]:
    """Returns the solution versions that are there from the start, ready ones and others."""
    found = builtin(Scope(account, region)).values()
    return [version_of(one) for one in found if one.kind is SOLUTION_VERSION]


def version_of(resource: Resource) -> SolutionVersion:
    """Returns what a resource says of a solution version."""
    return SolutionVersion(
        resource.arn,
        RECIPES[resource.text("recipeArn").rpartition("/")[2]],
        resource.text("datasetGroupArn"),
        resource.status,
        resource.failure_reason,
    )


def recipe_by_arn(scope: Scope, arn: str) -> Recipe | None:
    """Returns a recipe; None when there is no such one."""
    return next((one for one in RECIPES.values() if scope.recipe_arn(one.name) == arn), None)


def group_arn(scope: Scope) -> str:
    """Returns the ARN of the dataset group that everything from the start belongs to."""
    return scope.arn(f"dataset-group/{GROUP}")


@lru_cache(maxsize=16)
def builtin(scope: Scope) -> Mapping[str, Resource]:
    """Returns what an account and Region have from the start, by ARN."""
    found = [_resource(scope, DATASET_GROUP, group_arn(scope), {"name": GROUP})]
    for recipe in RECIPES.values():
        name = f"local-{recipe.name.removeprefix('aws-')}"
        found += _solution(scope, name, recipe, {recipe.name: ACTIVE})
    states = {FAILED: FAILED, IN_PROGRESS: IN_PROGRESS}
    found += _solution(scope, _NOT_READY, RECIPES["aws-user-personalization-v2"], states)
    found += [
        _resource(
            scope,
            FILTER,
            scope.arn(f"filter/{name}"),
            {"name": name, "filterExpression": text, "datasetGroupArn": group_arn(scope)},
        )
        for name, text in FILTERS.items()
    ]
    return {one.arn: one for one in found}


def _solution(scope: Scope, name: str, recipe: Recipe, states: Mapping[str, str]) -> list[Resource]:
    arn = scope.arn(f"solution/{name}")
    common = {
        "name": name,
        "performHPO": False,
        "performAutoML": False,
        "recipeArn": scope.recipe_arn(recipe.name),
        "datasetGroupArn": group_arn(scope),
    }
    versions = [
        _resource(
            scope,
            SOLUTION_VERSION,
            f"{arn}/{_digest(text)}",
            {**common, "solutionArn": arn, "trainingMode": "FULL", "trainingType": "MANUAL"},
            status,
        )
        for text, status in states.items()
    ]
    solution = _resource(scope, SOLUTION, arn, {**common, "performAutoTraining": False})
    return [solution, *versions]


def _resource(
    scope: Scope, kind: Kind, arn: str, values: Mapping[str, object], status: str = ACTIVE
) -> Resource:
    reason = _FAILURE if status == FAILED else None
    return Resource(kind, scope, arn, values, CREATED, CREATED, status, reason, is_builtin=True)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
