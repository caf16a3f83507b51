"""The documented rules on a request to create a batch job that the service model does not hold.

Which error AWS answers with is documented for few of them; where it is not, the choice and its
reason stand beside the rule.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from personalize_local import limits
from personalize_local.api.model import validation_error
from personalize_local.arns import Scope
from personalize_local.catalog import solutions
from personalize_local.catalog.filters import Filter
from personalize_local.catalog.solutions import SolutionVersion
from personalize_local.errors import ApiError, not_found
from personalize_local.jobs.request import JobRequest
from personalize_local.jobs.store import SEGMENT, JobKind

_THEME_RECIPE: Final = "aws-similar-items"
_INFLUENCE_RECIPE: Final = "aws-semantic-similarity"


def check_request(kind: JobKind, scope: Scope, request: JobRequest) -> None:
    """Checks what can be checked without looking at any other resource.

    Raises:
        ApiError: InvalidInputException that names every problem.
    """
    error = validation_error(list(_problems(kind, scope, request)))
    if error is not None:
        raise error


def find_version(kind: JobKind, scope: Scope, request: JobRequest) -> SolutionVersion:
    """Finds the solution version and checks that it can run this job.

    Returns:
        The solution version.

    Raises:
        ApiError: It does not exist, is not ready, or its recipe does not fit the request.
    """
    arn = request.solution_version_arn
    version = solutions.solution_version(scope, arn)
    if version is None:
        raise not_found(arn)
    # AWS documents no error for these two. A version in training is only not there yet, so that
    # trying again is right: ResourceInUse. A failed one never will be: InvalidInput.
    if version.status == solutions.IN_PROGRESS:
        raise ApiError(
            "ResourceInUseException",
            f"The solution version {arn} is {version.status}; wait until it is ACTIVE.",
        )
    found = list(_recipe_problems(kind, version, request))
    if version.status == solutions.FAILED:
        found.insert(
            0,
            f"Value '{arn}' at 'solutionVersionArn' failed to satisfy constraint: "
            f"The solution version must be ACTIVE, and is {version.status}; train another one",
        )
    error = validation_error(found)
    if error is not None:
        raise error
    return version


def find_filter(kind: JobKind, scope: Scope, request: JobRequest) -> Filter | None:
    """Finds the filter of a request.

    Returns:
        The filter; None when the request has none.

    Raises:
        ApiError: The filter does not exist in this account and region, or chooses items in a job
            that recommends users.
    """
    arn = request.filter_arn
    if arn is None:
        return None
    found = solutions.filter_by_arn(scope, arn)
    if found is None:
        raise not_found(arn)
    if kind == SEGMENT:
        error = validation_error(
            [_broken(arn, "filterArn", "The filter must choose users; the local ones choose items")]
        )
        if error is not None:
            raise error
    return found


def _broken(value: object, path: str, constraint: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: {constraint}"


def _problems(kind: JobKind, scope: Scope, request: JobRequest) -> Iterator[str]:
    number = request.num_results
    if number is not None and number < limits.LEAST_RESULTS:
        yield _broken(
            number,
            "numResults",
            f"Member must have value greater than or equal to {limits.LEAST_RESULTS}",
        )
    if kind == SEGMENT and number is not None and number > limits.USERS_PER_SEGMENT:
        yield _broken(
            number,
            "numResults",
            f"Member must have value less than or equal to {limits.USERS_PER_SEGMENT}",
        )
    role = request.role_arn
    account = role.split(":")[4]
    if account != scope.account:
        yield _broken(role, "roleArn", f"The role must belong to the account {scope.account}")
    source = request.source.path
    target = request.target.path
    if source.rstrip("/") == target.rstrip("/"):
        yield _broken(
            target,
            "jobOutput.s3DataDestination.path",
            "The output location must differ from the input location",
        )
    yield from _exploration_problems(request)
    yield from _theme_problems(scope, request)


def _exploration_problems(request: JobRequest) -> Iterator[str]:
    # Source: the developer guide's page on the User-Personalization recipe. That AWS refuses other
    # keys is not documented; here they are misspellings. The local recommender does not explore.
    least, most, days = limits.LEAST_WEIGHT, limits.LARGEST_WEIGHT, limits.LEAST_AGE_DAYS
    rules: dict[str, tuple[Callable[[float], bool], str]] = {
        "explorationWeight": (
            lambda weight: least <= weight <= most,
            f"a number between {least} and {most}",
        ),
        "explorationItemAgeCutOff": (
            lambda age: age >= days,
            f"a number of days, at least {days}",
        ),
    }
    for key, text in request.exploration.items():
        path = f"batchInferenceJobConfig.itemExplorationConfig.{key}"
        if key not in rules:
            yield _broken(text, path, f"Member must be one of [{', '.join(rules)}]")
            continue
        fits, what = rules[key]
        number = _number(text)
        if number is None or not fits(number):
            yield _broken(text, path, f"Member must be {what}")


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _theme_problems(scope: Scope, request: JobRequest) -> Iterator[str]:
    config = request.theme_generation_config
    if not request.themes:
        if config is not None:
            yield _broken(
                msgspec.to_builtins(config),
                "themeGenerationConfig",
                "Member needs batchInferenceJobMode to be THEME_GENERATION",
            )
        return
    if config is None:
        yield (
            "Value null at 'themeGenerationConfig' failed to satisfy constraint: "
            "Member must not be null when batchInferenceJobMode is THEME_GENERATION"
        )
    if scope.region not in limits.THEME_REGIONS:
        yield _broken(
            "THEME_GENERATION",
            "batchInferenceJobMode",
            f"Themes are not made in {scope.region}, only in "
            f"{', '.join(sorted(limits.THEME_REGIONS))}",
        )


def _recipe_problems(kind: JobKind, version: SolutionVersion, request: JobRequest) -> Iterator[str]:
    recipe = version.recipe
    if recipe.batch is not kind.batch:
        yield _broken(
            version.arn,
            "solutionVersionArn",
            f"The recipe {recipe.name} does not support {kind.batch.value} jobs"
            f" (it supports {recipe.batch.value})",
        )
    if request.themes and recipe.name != _THEME_RECIPE:
        yield _broken(
            version.arn,
            "solutionVersionArn",
            f"Themes need the recipe {_THEME_RECIPE}, and this is {recipe.name}",
        )
    if request.influence and recipe.name != _INFLUENCE_RECIPE:
        yield _broken(
            request.influence,
            "batchInferenceJobConfig.rankingInfluence",
            f"Member needs the recipe {_INFLUENCE_RECIPE}, and this is {recipe.name}",
        )
