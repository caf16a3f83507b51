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
from personalize_local.catalog.facts import INTERACTIONS
from personalize_local.catalog.filters.expressions import Field
from personalize_local.catalog.filters.filter import Filter, read
from personalize_local.catalog.recipes import Task
from personalize_local.catalog.solutions import SolutionVersion
from personalize_local.errors import in_use, not_found
from personalize_local.jobs.request import JobRequest
from personalize_local.jobs.store import SEGMENT, JobKind
from personalize_local.resources.kinds import FILTER, SOLUTION_VERSION
from personalize_local.resources.resource import ACTIVE, UNDER_WAY, Resource
from personalize_local.resources.store import ResourceStore

_THEME_RECIPE: Final = "aws-similar-items"
_INFLUENCE_RECIPE: Final = "aws-semantic-similarity"
_ATTRIBUTE_RECIPE: Final = "aws-item-attribute-affinity"


def check_request(kind: JobKind, scope: Scope, request: JobRequest) -> None:
    """Checks what can be checked without looking at any other resource.

    Raises:
        ApiError: InvalidInputException that names every problem.
    """
    error = validation_error(list(_problems(kind, scope, request)))
    if error is not None:
        raise error


def find_version(
    kind: JobKind, scope: Scope, request: JobRequest, resources: ResourceStore
) -> SolutionVersion:
    """Finds the solution version and checks that it can run this job.

    Returns:
        The solution version.

    Raises:
        ApiError: It does not exist, is not ready, or its recipe does not fit the request.
    """
    arn = request.solution_version_arn
    found_version = resources.get(scope, arn)
    if found_version is None or found_version.kind is not SOLUTION_VERSION:
        raise not_found(arn)
    version = solutions.version_of(found_version)
    # AWS documents no error for these two. A version in training is only not there yet, so that
    # trying again is right: ResourceInUse. A failed one never will be: InvalidInput.
    if version.status in UNDER_WAY:
        raise in_use(f"The solution version {arn} is {version.status}; wait until it is ACTIVE.")
    found = list(_recipe_problems(kind, version, request))
    if version.status != ACTIVE:
        found.insert(
            0,
            f"Value '{arn}' at 'solutionVersionArn' failed to satisfy constraint: "
            f"The solution version must be ACTIVE, and is {version.status}; train another one",
        )
    error = validation_error(found)
    if error is not None:
        raise error
    return version


def find_filter(
    kind: JobKind,
    scope: Scope,
    request: JobRequest,
    version: SolutionVersion,
    resources: ResourceStore,
) -> Filter | None:
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
    resource = resources.get(scope, arn)
    if resource is None or resource.kind is not FILTER:
        raise not_found(arn)
    if resource.status != ACTIVE:
        raise in_use(f"The filter {arn} is {resource.status}; wait until it is ACTIVE.")
    found = read(resource.name, resource.text("filterExpression"))
    error = validation_error(list(_filter_problems(kind, arn, found, resource, version)))
    if error is not None:
        raise error
    return found


def _filter_problems(
    kind: JobKind, arn: str, found: Filter, resource: Resource, version: SolutionVersion
) -> Iterator[str]:
    group = resource.text("datasetGroupArn")
    if group != version.dataset_group:
        yield _broken(
            arn,
            "filterArn",
            f"The filter is of the dataset group {group}, and the solution version of "
            f"{version.dataset_group}",
        )
    if found.of_users != (kind == SEGMENT):
        chooses, needs = ("users", "items") if found.of_users else ("items", "users")
        yield _broken(arn, "filterArn", f"The filter must choose {needs}, and it chooses {chooses}")
    # Source: "Guidelines and requirements" of filter expressions.
    conditions = [one for part in found.expressions for one in part.conditions()]
    by_events = any(one.field.dataset == INTERACTIONS for one in conditions)
    if by_events and version.recipe.name == _ATTRIBUTE_RECIPE:
        yield _broken(arn, "filterArn", f"{_ATTRIBUTE_RECIPE} takes no filter by interactions")
    fields = [operand for one in conditions for operand in one.operands]
    by_item = any(isinstance(one, Field) for one in fields)
    if by_item and version.recipe.task is not Task.SIMILAR:
        yield _broken(
            arn, "filterArn", f"CurrentItem needs related items, and this is {version.recipe.name}"
        )


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
