"""Describe and List of all resources that hold data and models, and of recipes."""

from __future__ import annotations

from functools import partial
from typing import Any

from personalize_local.api import answers
from personalize_local.api.operations import requests
from personalize_local.api.operations.operation import NO_RESOURCE, Desk, Operation, Response
from personalize_local.catalog.recipes import RECIPES
from personalize_local.catalog.solutions import recipe_by_arn
from personalize_local.cloud import Caller
from personalize_local.errors import not_found
from personalize_local.resources.kinds import KINDS, SOLUTION, SOLUTION_VERSION, Kind
from personalize_local.resources.resource import Resource


def operations(desk: Desk) -> dict[str, Operation[Any]]:
    """Returns the operations by name."""
    table: dict[str, Operation[Any]] = {
        "DescribeRecipe": Operation(requests.Recipe, partial(_describe_recipe, desk)),
        "ListRecipes": Operation(requests.Recipes, partial(_list_recipes, desk)),
    }
    for kind in KINDS:
        described, listed = requests.named(kind.arn_key), requests.listing(kind.parent)
        table[f"Describe{kind.noun}"] = Operation(described, partial(_describe, desk, kind))
        table[f"List{kind.noun}s"] = Operation(listed, partial(_list, desk, kind))
    return table


def _describe(desk: Desk, kind: Kind, request: requests.Named, caller: Caller) -> Response:
    desk.authorize(caller, f"Describe{kind.noun}", request.arn)
    found = desk.found(caller, kind, request.arn)
    answer = answers.resource(found)
    if kind is SOLUTION:
        versions = desk.resources.of(caller.scope, SOLUTION_VERSION, found.arn)
        if versions:
            answer["latestSolutionVersion"] = answers.summary(_newest(versions))
    return {kind.key: answer}


def _newest(versions: list[Resource]) -> Resource:
    # Of two made at one time the one that was made later.
    return max(enumerate(versions), key=lambda pair: (pair[1].created, pair[0]))[1]


def _list(desk: Desk, kind: Kind, request: requests.Listing, caller: Caller) -> Response:
    # Source: the Service Authorization Reference lists no resource for any of them, with or
    # without a parent in the request.
    desk.authorize(caller, f"List{kind.noun}s", NO_RESOURCE)
    if kind is SOLUTION_VERSION and request.parent is not None:
        desk.found(caller, SOLUTION, request.parent)
    rows = [answers.summary(one) for one in desk.resources.of(caller.scope, kind, request.parent)]
    return desk.page(kind.listed, rows, request, caller)


def _describe_recipe(desk: Desk, request: requests.Recipe, caller: Caller) -> Response:
    desk.authorize(caller, "DescribeRecipe", request.arn)
    found = recipe_by_arn(caller.scope, request.arn)
    if found is None:
        raise not_found(request.arn)
    return {"recipe": answers.recipe(caller.scope, found)}


def _list_recipes(desk: Desk, request: requests.Recipes, caller: Caller) -> Response:
    desk.authorize(caller, "ListRecipes", NO_RESOURCE)
    # The recipes of domains are for recommenders, which the local service lacks.
    found = [] if request.domain else list(RECIPES.values())
    rows = [answers.recipe_summary(caller.scope, one) for one in found]
    return desk.page("recipes", rows, request, caller)
