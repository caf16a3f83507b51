"""What the API answers of resources, in the shapes of the service model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from personalize_local.api import model
from personalize_local.arns import Scope
from personalize_local.catalog.recipes import Recipe
from personalize_local.catalog.solutions import CREATED
from personalize_local.jobs.store import INFERENCE, Job
from personalize_local.resources.resource import ACTIVE, Resource

Answer = dict[str, object]

# What of a request is no part of the answer, or told otherwise.
_NOT_ECHOED: Final = ("numResults", "batchInferenceJobMode", "tags")


def job(described: Job) -> Answer:
    """Returns a job as its Describe operation answers it; tags are not part of it."""
    request: Answer = msgspec.to_builtins(described.request)
    return {
        f"{described.kind.key}Arn": described.arn,
        "numResults": described.request.results,
        **{key: value for key, value in request.items() if key not in _NOT_ECHOED},
        **_job_state(described),
    }


def job_summary(listed: Job) -> Answer:
    """Returns a job as its List operation answers it."""
    return {
        f"{listed.kind.key}Arn": listed.arn,
        "jobName": listed.name,
        "solutionVersionArn": listed.version.arn,
        **_job_state(listed),
    }


def _job_state(shown: Job) -> Answer:
    answer: Answer = {
        "status": shown.status,
        "creationDateTime": shown.created,
        "lastUpdatedDateTime": shown.updated,
    }
    if shown.kind == INFERENCE:
        mode = shown.request.batch_inference_job_mode
        answer["batchInferenceJobMode"] = mode or "BATCH_INFERENCE"
    if shown.failure_reason is not None:
        answer["failureReason"] = shown.failure_reason
    return answer


def resource(described: Resource) -> Answer:
    """Returns a resource as its Describe operation answers it."""
    operation = model.service_model().operation_model(f"Describe{described.kind.noun}")
    return _members(operation.output_shape.members[described.kind.key], described.shown())


def summary(listed: Resource) -> Answer:
    """Returns a resource as its List operation answers it."""
    noun = listed.kind.noun
    operation = model.service_model().operation_model(f"List{noun}s")
    return _members(operation.output_shape.members[listed.kind.listed].member, listed.shown())


def _members(shape: Any, values: Mapping[str, object]) -> Answer:  # noqa: ANN401 - botocore's shape
    """Picks what the service model shows; null is an absent member."""
    return {name: values[name] for name in shape.members if values.get(name) is not None}


def recipe(scope: Scope, described: Recipe) -> Answer:
    """Returns a recipe as DescribeRecipe answers it."""
    return {
        **recipe_summary(scope, described),
        "recipeType": described.type,
        "description": f"Computes {described.task.value}; {described.batch.value} jobs.",
    }


def recipe_summary(scope: Scope, listed: Recipe) -> Answer:
    """Returns a recipe as ListRecipes answers it."""
    return {
        "name": listed.name,
        "recipeArn": scope.recipe_arn(listed.name),
        "status": ACTIVE,
        "creationDateTime": CREATED,
        "lastUpdatedDateTime": CREATED,
    }
