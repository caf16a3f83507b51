"""Solutions and filters: making, changing and deleting them."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from personalize_local import limits
from personalize_local.api.operations import requests
from personalize_local.api.operations.groups import quota
from personalize_local.api.operations.operation import Desk, Operation, Response
from personalize_local.catalog.facts import INTERACTIONS, ITEMS, USERS
from personalize_local.catalog.filters.expressions import (
    ExpressionError,
    fields_of,
)
from personalize_local.catalog.filters.filter import check_fields, read
from personalize_local.catalog.solutions import recipe_by_arn
from personalize_local.cloud import Caller
from personalize_local.errors import in_use, invalid_input, limit_exceeded, not_found
from personalize_local.resources.kinds import DATASET_GROUP, FILTER, SOLUTION, SOLUTION_VERSION
from personalize_local.resources.resource import ACTIVE, UNDER_WAY

_OF_ACTIONS: Final = "aws-next-best-action"
_INCREMENTAL: Final = "aws-semantic-similarity"


def operations(desk: Desk) -> dict[str, Operation[Any]]:
    """Returns the operations by name."""
    return {
        "CreateSolution": Operation(requests.NewSolution, partial(_create_solution, desk)),
        "UpdateSolution": Operation(requests.ChangedSolution, partial(_update_solution, desk)),
        "DeleteSolution": Operation(
            requests.named(SOLUTION.arn_key), partial(_delete_solution, desk)
        ),
        "CreateFilter": Operation(requests.NewFilter, partial(_create_filter, desk)),
        "DeleteFilter": Operation(requests.named(FILTER.arn_key), partial(_delete_filter, desk)),
    }


def _create_solution(desk: Desk, request: requests.NewSolution, caller: Caller) -> Response:
    scope, group = caller.scope, request.dataset_group_arn
    arn = scope.arn(f"{SOLUTION.resource}/{request.name}")
    given = desk.authorize_create(caller, "CreateSolution", (arn, group), request.tags)
    _check_recipe(request, caller)
    desk.active(caller, DATASET_GROUP, group)
    made = desk.add(
        caller,
        SOLUTION,
        arn,
        request,
        check=quota(desk, scope, SOLUTION, limits.SOLUTIONS, group),
        performHPO=request.perform_hpo,
        performAutoML=False,
        performAutoTraining=request.perform_auto_training,
    )
    desk.tags.add(arn, given)
    desk.life.begin(made)
    return {"solutionArn": arn}


def _check_recipe(request: requests.NewSolution, caller: Caller) -> None:
    if request.perform_auto_ml:
        raise invalid_input(
            "The local Amazon Personalize has no AutoML, which the developer guide advises "
            "against; leave performAutoML out and give a recipeArn."
        )
    if request.recipe_arn is None:
        raise invalid_input("A solution without performAutoML needs a recipeArn.")
    recipe = recipe_by_arn(caller.scope, request.recipe_arn)
    if recipe is None:
        raise not_found(request.recipe_arn)
    if recipe.name == _OF_ACTIONS:
        raise invalid_input(
            f"The local Amazon Personalize has no actions, which {recipe.name} recommends."
        )
    if request.perform_incremental_update and recipe.name != _INCREMENTAL:
        raise invalid_input(
            f"performIncrementalUpdate needs the recipe {_INCREMENTAL}, and this is {recipe.name}."
        )


def _update_solution(desk: Desk, request: requests.ChangedSolution, caller: Caller) -> Response:
    arn = request.solution_arn
    desk.authorize(caller, "UpdateSolution", arn)
    desk.own(caller, SOLUTION, arn)
    now = desk.clock()
    changed: dict[str, object] = {}
    if request.perform_auto_training is not None:
        changed["performAutoTraining"] = request.perform_auto_training
    if request.perform_incremental_update is not None:
        changed["performIncrementalUpdate"] = request.perform_incremental_update
    if request.solution_update_config is not None:
        changed["solutionUpdateConfig"] = request.solution_update_config
    update = {**changed, "status": ACTIVE, "creationDateTime": now, "lastUpdatedDateTime": now}
    desk.resources.move(arn, ACTIVE, values={**changed, "latestSolutionUpdate": update})
    return {"solutionArn": arn}


def _delete_solution(desk: Desk, request: requests.Named, caller: Caller) -> Response:
    arn = request.arn
    desk.authorize(caller, "DeleteSolution", arn)
    found = desk.own(caller, SOLUTION, arn)
    versions = desk.resources.of(caller.scope, SOLUTION_VERSION, arn)
    for version in versions:
        if version.status in UNDER_WAY:
            raise in_use(f"{version.arn} is {version.status}; wait until it has ended.")
    desk.life.end(found, lambda: desk.holdings.forget([one.arn for one in versions]))
    return {}


def _create_filter(desk: Desk, request: requests.NewFilter, caller: Caller) -> Response:
    scope, group = caller.scope, request.dataset_group_arn
    arn = scope.arn(f"{FILTER.resource}/{request.name}")
    given = desk.authorize_create(caller, "CreateFilter", (arn, group), request.tags)
    desk.active(caller, DATASET_GROUP, group)
    facts = desk.holdings.facts(scope, group)
    try:
        found = read(request.name, request.filter_expression)
        check_fields(found, {name: facts.fields(name) for name in (INTERACTIONS, ITEMS, USERS)})
    except ExpressionError as error:
        raise invalid_input(f"The filter expression is not valid: {error}.") from None
    room = quota(desk, scope, FILTER, limits.FILTERS, group)

    def check() -> None:
        room()
        fields = set(fields_of(found.expressions))
        for one in desk.resources.of(scope, FILTER, group):
            if not one.is_builtin:
                fields |= fields_of(read(one.name, one.text("filterExpression")).expressions)
        if len(fields) > limits.GROUP_FILTER_FIELDS:
            raise limit_exceeded(
                f"The filters of {group} would name {len(fields)} fields; the most is "
                f"{limits.GROUP_FILTER_FIELDS}."
            )

    made = desk.add(caller, FILTER, arn, request, check=check)
    desk.tags.add(arn, given)
    desk.life.begin(made)
    return {"filterArn": arn}


def _delete_filter(desk: Desk, request: requests.Named, caller: Caller) -> Response:
    desk.authorize(caller, "DeleteFilter", request.arn)
    desk.life.end(desk.own(caller, FILTER, request.arn))
    return {}
