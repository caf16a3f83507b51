"""Dataset groups, schemas and data sets: making, changing and deleting them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from personalize_local import limits
from personalize_local.api.operations import requests
from personalize_local.api.operations.operation import Desk, Operation, Response
from personalize_local.arns import Scope
from personalize_local.cloud import Caller
from personalize_local.datasets.schemas import Schema, SchemaError, parse
from personalize_local.errors import in_use, invalid_input, limit_exceeded
from personalize_local.resources.kinds import (
    DATASET,
    DATASET_GROUP,
    IMPORT_JOB,
    SCHEMA,
    SOLUTION,
    SOLUTION_VERSION,
    Kind,
)
from personalize_local.resources.resource import ACTIVE, UNDER_WAY

_ACTION_SETS: Final = ("ACTIONS", "ACTION_INTERACTIONS")


def operations(desk: Desk) -> dict[str, Operation[Any]]:
    """Returns the operations by name."""
    return {
        "CreateDatasetGroup": Operation(requests.NewDatasetGroup, partial(_create_group, desk)),
        "DeleteDatasetGroup": Operation(
            requests.named(DATASET_GROUP.arn_key), partial(_delete_group, desk)
        ),
        "CreateSchema": Operation(requests.NewSchema, partial(_create_schema, desk)),
        "DeleteSchema": Operation(requests.named(SCHEMA.arn_key), partial(_delete_schema, desk)),
        "CreateDataset": Operation(requests.NewDataset, partial(_create_dataset, desk)),
        "UpdateDataset": Operation(requests.ChangedDataset, partial(_update_dataset, desk)),
        "DeleteDataset": Operation(requests.named(DATASET.arn_key), partial(_delete_dataset, desk)),
    }


def quota(desk: Desk, scope: Scope, kind: Kind, most: int, parent: str = "") -> Callable[[], None]:
    """Returns a check that a quota has room for one more.

    Args:
        desk: Where the resources are.
        scope: The account and Region.
        kind: What is counted; what is there from the start is not.
        most: The quota.
        parent: Of what it is the quota. Default: - of the account and Region.
    """

    def check() -> None:
        found = desk.resources.of(scope, kind, parent or None)
        if sum(not one.is_builtin for one in found) >= most:
            where = parent or f"the account in {scope.region}"
            raise limit_exceeded(
                f"{where} has {most} resources of the kind {kind.noun}, the most that there can "
                "be; delete one."
            )

    return check


def _create_group(desk: Desk, request: requests.NewDatasetGroup, caller: Caller) -> Response:
    scope = caller.scope
    arn = scope.arn(f"{DATASET_GROUP.resource}/{request.name}")
    given = desk.authorize_create(caller, "CreateDatasetGroup", (arn,), request.tags)
    if (request.role_arn is None) != (request.kms_key_arn is None):
        raise invalid_input("Give both roleArn and kmsKeyArn, or neither: the role uses the key.")
    if request.role_arn is not None:
        desk.pass_role(caller, request.role_arn)
        desk.check_role(request.role_arn, scope, arn)
    check = quota(desk, scope, DATASET_GROUP, limits.DATASET_GROUPS)
    made = desk.add(caller, DATASET_GROUP, arn, request, check=check)
    desk.tags.add(arn, given)
    desk.life.begin(made)
    answer: Response = {"datasetGroupArn": arn}
    return {**answer, "domain": request.domain} if request.domain else answer


def _delete_group(desk: Desk, request: requests.Named, caller: Caller) -> Response:
    desk.authorize(caller, "DeleteDatasetGroup", request.arn)
    group = desk.own(caller, DATASET_GROUP, request.arn)
    for kind in (DATASET, SOLUTION):
        found = desk.resources.of(caller.scope, kind, group.arn)
        if found:
            raise in_use(f"{group.arn} has {found[0].arn}; delete all of its {kind.listed} first.")
    desk.life.end(group)
    return {}


def _create_schema(desk: Desk, request: requests.NewSchema, caller: Caller) -> Response:
    scope = caller.scope
    arn = scope.arn(f"{SCHEMA.resource}/{request.name}")
    desk.authorize_create(caller, "CreateSchema", (arn,))
    read_schema(request.text)
    desk.add(caller, SCHEMA, arn, request, check=quota(desk, scope, SCHEMA, limits.SCHEMAS))
    # A schema has no states: it can be used at once.
    desk.resources.move(arn, ACTIVE)
    return {"schemaArn": arn}


def read_schema(text: str) -> Schema:
    """Reads a schema.

    Args:
        text: The Avro schema, as JSON.

    Raises:
        ApiError: InvalidInputException.
    """
    try:
        return parse(text)
    except SchemaError as error:
        raise invalid_input(f"The schema is not valid: {error}.") from None


def _delete_schema(desk: Desk, request: requests.Named, caller: Caller) -> Response:
    desk.authorize(caller, "DeleteSchema", request.arn)
    desk.own(caller, SCHEMA, request.arn)
    for one in desk.resources.of(caller.scope, DATASET):
        if one.text("schemaArn") == request.arn:
            raise in_use(f"{one.arn} uses the schema {request.arn}; delete the data set first.")
    desk.resources.remove(request.arn)
    return {}


def _create_dataset(desk: Desk, request: requests.NewDataset, caller: Caller) -> Response:
    scope, kind = caller.scope, request.dataset_type.upper()
    group_arn = request.dataset_group_arn
    arn = scope.arn(f"{DATASET.resource}/{group_arn.rpartition('/')[2]}/{kind}")
    given = desk.authorize_create(caller, "CreateDataset", (arn, group_arn), request.tags)
    group = desk.active(caller, DATASET_GROUP, group_arn)
    if group.is_builtin:
        raise in_use(f"{group_arn} is there from the start, and stays; make a group of your own.")
    schema = read_schema(desk.found(caller, SCHEMA, request.schema_arn).text("schema"))
    _check_type(kind, schema)
    made = desk.add(caller, DATASET, arn, request, datasetType=kind)
    desk.tags.add(arn, given)
    desk.life.begin(made)
    return {"datasetArn": arn}


def _check_type(kind: str, schema: Schema) -> None:
    if kind in _ACTION_SETS:
        raise invalid_input(
            f"The local Amazon Personalize has no data sets of the type {kind}: no batch job uses "
            "them."
        )
    if kind != schema.dataset:
        raise invalid_input(
            f"The data set is of the type {kind}, and its schema of {schema.dataset}; the name in "
            "the schema must be the type."
        )


def _update_dataset(desk: Desk, request: requests.ChangedDataset, caller: Caller) -> Response:
    arn = request.dataset_arn
    desk.authorize(caller, "UpdateDataset", arn)
    found = desk.own(caller, DATASET, arn)
    _check_idle(desk, caller, arn)
    new = read_schema(desk.found(caller, SCHEMA, request.schema_arn).text("schema"))
    _check_type(found.text("datasetType"), new)
    old = read_schema(desk.found(caller, SCHEMA, found.text("schemaArn")).text("schema"))
    kept = {field.name: field for field in new.fields}
    for field in old.fields:
        if field.name not in kept or kept[field.name].type != field.type:
            raise invalid_input(
                f"The new schema lacks {field.name} of type {field.type}; a schema can get more "
                "fields, and loses none."
            )
    for field in new.fields:
        if field.name not in old.names and not field.nullable:
            raise invalid_input(
                f"The new field {field.name} must admit null: the records that are there lack it."
            )
    desk.holdings.warehouse.change(arn, new)
    now = desk.clock()
    update = {
        "schemaArn": request.schema_arn,
        "status": ACTIVE,
        "creationDateTime": now,
        "lastUpdatedDateTime": now,
    }
    changed = {"schemaArn": request.schema_arn, "latestDatasetUpdate": update}
    desk.resources.move(arn, ACTIVE, values=changed)
    return {"datasetArn": arn}


def _delete_dataset(desk: Desk, request: requests.Named, caller: Caller) -> Response:
    arn = request.arn
    desk.authorize(caller, "DeleteDataset", arn)
    found = desk.own(caller, DATASET, arn)
    _check_idle(desk, caller, arn)
    for solution in desk.resources.of(caller.scope, SOLUTION, found.parent):
        for version in desk.resources.of(caller.scope, SOLUTION_VERSION, solution.arn):
            if version.status in UNDER_WAY:
                raise in_use(f"{version.arn} is {version.status}; wait until it has ended.")
    desk.life.end(found, lambda: desk.holdings.warehouse.forget(arn))
    return {}


def _check_idle(desk: Desk, caller: Caller, dataset: str) -> None:
    for job in desk.resources.of(caller.scope, IMPORT_JOB, dataset):
        if job.status in UNDER_WAY:
            raise in_use(f"{job.arn} is {job.status}; wait until it has ended.")
