"""Solution versions: training them, stopping a training, and their metrics."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from personalize_local import limits
from personalize_local.api.operations import requests
from personalize_local.api.operations.operation import Desk, Operation, Response
from personalize_local.catalog.solutions import version_of
from personalize_local.cloud import Caller
from personalize_local.datasets import training
from personalize_local.errors import ApiError, JobFailed, in_use, invalid_input, no_room
from personalize_local.resources.kinds import DATASET, IMPORT_JOB, SOLUTION, SOLUTION_VERSION
from personalize_local.resources.resource import (
    ACTIVE,
    IN_PROGRESS,
    PENDING,
    STOPPING,
    UNDER_WAY,
    Resource,
)

_ID_CHARACTERS: Final = 8
_FULL: Final = "FULL"
_UPDATE: Final = "UPDATE"
# Source: the API reference of CreateSolutionVersion: trainingMode.
_UPDATED: Final = frozenset({"aws-user-personalization", "aws-hrnn-coldstart"})
_ECHOED: Final = (
    *("performHPO", "performAutoML", "performIncrementalUpdate", "recipeArn", "eventType"),
    *("datasetGroupArn", "solutionConfig"),
)


def operations(desk: Desk) -> dict[str, Operation[Any]]:
    """Returns the operations by name."""
    named = requests.named(SOLUTION_VERSION.arn_key)
    return {
        "CreateSolutionVersion": Operation(requests.NewSolutionVersion, partial(_create, desk)),
        "StopSolutionVersionCreation": Operation(named, partial(_stop, desk)),
        "GetSolutionMetrics": Operation(named, partial(_metrics, desk)),
    }


def train_automatically(desk: Desk, solution: Resource) -> str:
    """Trains a version as automatic training does, when it is told to.

    Args:
        desk: What all operations work on.
        solution: The solution.

    Returns:
        The ARN of the new version.

    Raises:
        ApiError: The solution trains by hand only, or there is no room.
    """
    if not solution.values.get("performAutoTraining"):
        raise invalid_input(f"{solution.arn} has performAutoTraining false; it is trained by hand.")
    caller = Caller(solution.scope.account, solution.scope.region, {})
    request = requests.NewSolutionVersion(solution_arn=solution.arn)
    return _begin(desk, caller, solution, request, "AUTOMATIC").arn


def _create(desk: Desk, request: requests.NewSolutionVersion, caller: Caller) -> Response:
    arn = request.solution_arn
    given = desk.authorize_create(caller, "CreateSolutionVersion", (arn,), request.tags)
    solution = desk.active(caller, SOLUTION, arn)
    _check_mode(desk, solution, request.training_mode)
    for dataset in desk.resources.of(caller.scope, DATASET, solution.text("datasetGroupArn")):
        for job in desk.resources.of(caller.scope, IMPORT_JOB, dataset.arn):
            if job.status in UNDER_WAY:
                raise in_use(f"{job.arn} is {job.status}; train when it has ended.")
    made = _begin(desk, caller, solution, request, "MANUAL")
    desk.tags.add(made.arn, given)
    return {"solutionVersionArn": made.arn}


def _begin(
    desk: Desk,
    caller: Caller,
    solution: Resource,
    request: requests.NewSolutionVersion,
    training_type: str,
) -> Resource:
    scope = solution.scope

    def check() -> None:
        versions = desk.resources.of(scope, SOLUTION_VERSION)
        running = sum(one.status in UNDER_WAY and not one.is_builtin for one in versions)
        if running >= limits.TRAININGS_IN_FLIGHT:
            raise no_room(limits.TRAININGS_IN_FLIGHT, "a training", "another one")
        same = [one for one in versions if one.parent == solution.arn and request.name == one.name]
        if request.name is not None and same:
            raise ApiError(
                "ResourceAlreadyExistsException",
                f"{solution.arn} has a version named {request.name}, {same[0].arn}; give the new "
                "one another name.",
            )

    made = desk.add(
        caller,
        SOLUTION_VERSION,
        f"{solution.arn}/{uuid.uuid4().hex[:_ID_CHARACTERS]}",
        request,
        check=check,
        trainingMode=request.training_mode,
        trainingType=training_type,
        **{name: solution.values[name] for name in _ECHOED if name in solution.values},
    )

    def work() -> Mapping[str, object]:
        found = version_of(made)
        trained = desk.holdings.train(
            scope, found.dataset_group, found.recipe, _selection(solution)
        )
        desk.holdings.keep(made.arn, trained)
        # A training here takes seconds; what AWS bills for one is no business of this service.
        return {"trainingHours": 0.0}

    desk.begin(made, "CreateSolutionVersion", work)
    return made


def _check_mode(desk: Desk, solution: Resource, mode: str) -> None:
    if mode == _FULL:
        return
    if mode != _UPDATE:
        raise invalid_input(f"trainingMode {mode} is for automatic training; give FULL or UPDATE.")
    recipe = solution.text("recipeArn").rpartition("/")[2]
    if recipe not in _UPDATED:
        raise invalid_input(
            f"trainingMode UPDATE needs one of the recipes {', '.join(sorted(_UPDATED))}, and this "
            f"is {recipe}."
        )
    versions = desk.resources.of(solution.scope, SOLUTION_VERSION, solution.arn)
    if not any((one.status, one.text("trainingMode")) == (ACTIVE, _FULL) for one in versions):
        raise invalid_input(
            f"trainingMode UPDATE needs an ACTIVE version of {solution.arn} with trainingMode FULL."
        )


def _selection(solution: Resource) -> training.Selection:
    config = solution.values.get("solutionConfig")
    threshold = config.get("eventValueThreshold") if isinstance(config, dict) else None
    try:
        least = None if threshold is None else float(threshold)
    except ValueError:
        raise JobFailed(f"eventValueThreshold must be a number, and is {threshold!r}.") from None
    return training.Selection(solution.text("eventType") or None, least)


def _stop(desk: Desk, request: requests.Named, caller: Caller) -> Response:
    arn = request.arn
    desk.authorize(caller, "StopSolutionVersionCreation", arn)
    found = desk.found(caller, SOLUTION_VERSION, arn)
    running = frozenset({PENDING, IN_PROGRESS})
    if found.is_builtin or not desk.resources.move(arn, STOPPING, only_from=running):
        raise invalid_input(f"{arn} is {found.status}; only a training that runs can be stopped.")
    return {}


def _metrics(desk: Desk, request: requests.Named, caller: Caller) -> Response:
    arn = request.arn
    desk.authorize(caller, "GetSolutionMetrics", arn)
    found = version_of(desk.active(caller, SOLUTION_VERSION, arn))
    # Here, so that only who asks waits for numpy and scipy.
    from personalize_local.datasets.metrics import metrics

    recommender = desk.holdings.recommender(caller.scope, arn, found.dataset_group)
    return {"solutionVersionArn": arn, "metrics": metrics(recommender, found.recipe)}
