"""Import jobs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from personalize_local import limits
from personalize_local.api.operations import requests
from personalize_local.api.operations.groups import read_schema
from personalize_local.api.operations.operation import Desk, Operation, Response
from personalize_local.cloud import Caller
from personalize_local.datasets import imports
from personalize_local.datasets.warehouse import INCREMENTAL
from personalize_local.errors import invalid_input, no_room
from personalize_local.resources.kinds import DATASET, IMPORT_JOB, SCHEMA
from personalize_local.resources.resource import UNDER_WAY


def operations(desk: Desk) -> dict[str, Operation[Any]]:
    """Returns the operations by name."""
    return {"CreateDatasetImportJob": Operation(requests.NewImportJob, partial(_create, desk))}


def _create(desk: Desk, request: requests.NewImportJob, caller: Caller) -> Response:
    scope, dataset_arn = caller.scope, request.dataset_arn
    arn = scope.arn(f"{IMPORT_JOB.resource}/{request.job_name}")
    given = desk.authorize_create(
        caller, "CreateDatasetImportJob", (arn, dataset_arn), request.tags
    )
    if request.role_arn is None or request.data_source.data_location is None:
        raise invalid_input(
            "An import from Amazon S3 needs roleArn and dataSource.dataLocation; one of them is "
            "missing."
        )
    desk.pass_role(caller, request.role_arn)
    dataset = desk.active(caller, DATASET, dataset_arn)
    if request.import_mode == INCREMENTAL and not desk.holdings.warehouse.has(dataset_arn):
        raise invalid_input(
            f"Nothing was imported into {dataset_arn} yet: the first importMode must be FULL."
        )
    schema = read_schema(desk.found(caller, SCHEMA, dataset.text("schemaArn")).text("schema"))
    desk.check_role(request.role_arn, scope, arn)

    def check_quota() -> None:
        running = sum(one.status in UNDER_WAY for one in desk.resources.of(scope, IMPORT_JOB))
        if running >= limits.IMPORTS_IN_FLIGHT:
            raise no_room(limits.IMPORTS_IN_FLIGHT, request.job_name, "another import")

    made = desk.add(
        caller, IMPORT_JOB, arn, request, check=check_quota, importMode=request.import_mode
    )
    desk.tags.add(arn, given)

    def work() -> Mapping[str, object]:
        imports.run(desk.cloud, desk.holdings.warehouse, made, schema)
        return {}

    desk.begin(made, "CreateDatasetImportJob", work)
    return {"datasetImportJobArn": arn}
