"""What the API answers of resources, in the shapes of the service model."""

from __future__ import annotations

from typing import Final

import msgspec

from personalize_local.arns import Scope, solution_of
from personalize_local.catalog.recipes import Recipe
from personalize_local.catalog.solutions import (
    ACTIVE,
    CREATED,
    Solution,
    SolutionVersion,
    dataset_group_arn,
)
from personalize_local.jobs.store import INFERENCE, Job

Answer = dict[str, object]

_DATES: Final[Answer] = {"creationDateTime": CREATED, "lastUpdatedDateTime": CREATED}
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


def solution(scope: Scope, described: Solution) -> Answer:
    """Returns a solution as DescribeSolution answers it."""
    return {
        "name": described.name,
        "solutionArn": described.arn,
        "performHPO": False,
        "performAutoML": False,
        "performAutoTraining": False,
        "recipeArn": scope.recipe_arn(described.recipe.name),
        "datasetGroupArn": dataset_group_arn(scope),
        "status": ACTIVE,
        "latestSolutionVersion": version_summary(described.versions[-1]),
        **_DATES,
    }


def solution_summary(scope: Scope, listed: Solution) -> Answer:
    """Returns a solution as ListSolutions answers it."""
    return {
        "name": listed.name,
        "solutionArn": listed.arn,
        "status": ACTIVE,
        "recipeArn": scope.recipe_arn(listed.recipe.name),
        **_DATES,
    }


def version(scope: Scope, described: SolutionVersion) -> Answer:
    """Returns a solution version as DescribeSolutionVersion answers it."""
    return {
        "name": described.name,
        "solutionArn": solution_of(described.arn),
        "performHPO": False,
        "performAutoML": False,
        "recipeArn": scope.recipe_arn(described.recipe.name),
        "datasetGroupArn": dataset_group_arn(scope),
        **version_summary(described),
    }


def version_summary(listed: SolutionVersion) -> Answer:
    """Returns a solution version as ListSolutionVersions answers it."""
    answer: Answer = {
        "solutionVersionArn": listed.arn,
        "status": listed.status,
        "trainingMode": "FULL",
        "trainingType": "MANUAL",
        **_DATES,
    }
    if listed.failure_reason is not None:
        answer["failureReason"] = listed.failure_reason
    return answer


def recipe(scope: Scope, described: Recipe) -> Answer:
    """Returns a recipe as DescribeRecipe answers it."""
    return {
        "name": described.name,
        "recipeArn": scope.recipe_arn(described.name),
        "recipeType": described.type,
        "description": f"Computes {described.task.value}; {described.batch.value} jobs.",
        "status": ACTIVE,
        **_DATES,
    }
