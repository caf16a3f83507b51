"""Imports, quotas, deletions and changes: what is refused, and what stays."""

from __future__ import annotations

import pytest

from tests.support.local.own_data import (
    OwnData,
    items,
    refused,
    schema,
    users,
)
from tests.support.local.service import ROLE, Local


def test_an_import_that_fails_keeps_what_was_there(local: Local, data: OwnData) -> None:
    ended = data.load("Interactions", b"USER_ID,ITEM_ID\n")
    assert ended["status"] == "CREATE FAILED"
    assert "missing columns of the schema: EVENT_TYPE, TIMESTAMP" in ended["failureReason"]
    assert data.train()["status"] == "ACTIVE"


@pytest.mark.parametrize(
    ("denied", "says"),
    [
        ("s3:GetObject in by bucket policy", "bucket policy of in does not allow"),
        ("s3:ListBucket in by bucket policy", "bucket policy of in does not allow"),
    ],
)
def test_an_import_reads_with_the_rights_of_role_and_bucket(
    local: Local, denied: str, says: str
) -> None:
    data = OwnData(local)
    data.add_dataset("Items")
    local.cloud.denied.add(denied)
    ended = data.load("Items", items())
    assert ended["status"] == "CREATE FAILED"
    assert says in ended["failureReason"]


def test_the_first_import_is_full_and_needs_a_role(local: Local) -> None:
    data = OwnData(local)
    arn = data.add_dataset("Users")
    request: dict[str, object] = {
        "jobName": "first",
        "datasetArn": arn,
        "dataSource": {"dataLocation": "s3://in/users.csv"},
        "roleArn": ROLE,
    }
    for more, says in (
        ({"importMode": "INCREMENTAL"}, "must be FULL"),
        ({"roleArn": None}, "needs roleArn"),
        ({"dataSource": {}}, "needs roleArn and dataSource.dataLocation"),
    ):
        error = refused(local, "CreateDatasetImportJob", **{**request, **more})
        assert error.code == "InvalidInputException"
        assert says in error.message
    local.cloud.denied.add("iam:PassRole")
    assert refused(local, "CreateDatasetImportJob", **request).code == "AccessDeniedException"
    assert local.call("ListDatasetImportJobs")["datasetImportJobs"] == []


def test_a_training_waits_for_imports(local: Local, data: OwnData) -> None:
    solution = data.add_solution("sims")
    local.s3.put("in", "users.csv", users())
    local.time.gate.clear()
    job = local.call(
        "CreateDatasetImportJob",
        jobName="later",
        datasetArn=data.datasets["Users"],
        dataSource={"dataLocation": "s3://in/users.csv"},
        roleArn=ROLE,
    )["datasetImportJobArn"]
    for operation, request in (
        ("CreateSolutionVersion", {"solutionArn": solution}),
        ("DeleteDataset", {"datasetArn": data.datasets["Users"]}),
    ):
        error = refused(local, operation, **request)
        assert error.code == "ResourceInUseException"
        assert job in error.message
    local.time.gate.set()
    local.wait(job)
    assert data.train("sims")["status"] == "ACTIVE"


def test_quotas_are_kept(local: Local) -> None:
    groups = [OwnData(local, f"group-{number}") for number in range(5)]
    error = refused(local, "CreateDatasetGroup", name="one-more")
    assert error.code == "LimitExceededException"
    data = groups[0]
    for number in range(10):
        data.add_solution("sims", eventType=f"t{number}")
    recipe = "arn:aws:personalize:::recipe/aws-sims"
    group = {"datasetGroupArn": data.group}
    error = refused(local, "CreateSolution", name="more", recipeArn=recipe, **group)
    assert error.code == "LimitExceededException"
    data.add_dataset(
        "Items", schema("Items", *({"name": f"F{n}", "type": "int"} for n in range(30)))
    )
    for first in (0, 10):
        fields = " AND ".join(f"Items.F{number} = 1" for number in range(first, first + 10))
        data.add_filter(f"INCLUDE ItemID WHERE {fields}", f"f{first}")
    more = {"name": "f", "filterExpression": "INCLUDE ItemID WHERE Items.F20 = 1"}
    error = refused(local, "CreateFilter", **group, **more)
    assert "would name 21 fields; the most is 20" in error.message
    for number in range(28):
        data.add_filter("INCLUDE ItemID WHERE Items.F1 = 1", f"g{number}")
    error = refused(local, "CreateFilter", **group, **{**more, "name": "h"})
    assert error.code == "LimitExceededException"


def test_twenty_trainings_run_at_a_time(local: Local) -> None:
    solution = local.solution("hrnn")
    local.time.gate.clear()
    for _ in range(20):
        local.call("CreateSolutionVersion", solutionArn=solution)
    error = refused(local, "CreateSolutionVersion", solutionArn=solution)
    assert error.code == "LimitExceededException"


def test_things_are_deleted_in_their_order(local: Local, data: OwnData) -> None:
    version = data.train()["solutionVersionArn"]
    (solution,) = data.solutions.values()
    dataset = data.datasets["Items"]
    text = local.call("DescribeDataset", datasetArn=dataset)["dataset"]["schemaArn"]
    for operation, request in (
        ("DeleteDatasetGroup", {"datasetGroupArn": data.group}),
        ("DeleteSchema", {"schemaArn": text}),
    ):
        assert refused(local, operation, **request).code == "ResourceInUseException"
    local.call("DeleteSolution", solutionArn=solution)
    local.wait(solution)
    for operation, key, arn in (
        ("DescribeSolution", "solutionArn", solution),
        ("DescribeSolutionVersion", "solutionVersionArn", version),
    ):
        assert refused(local, operation, **{key: arn}).code == "ResourceNotFoundException"
    for arn in data.datasets.values():
        local.call("DeleteDataset", datasetArn=arn)
        local.wait(arn)
    assert local.call("ListDatasetImportJobs")["datasetImportJobs"] == []
    local.call("DeleteSchema", schemaArn=text)
    local.call("DeleteDatasetGroup", datasetGroupArn=data.group)
    local.wait(data.group)
    names = [one["name"] for one in local.call("ListDatasetGroups")["datasetGroups"]]
    assert names == ["local"]


@pytest.mark.parametrize(
    ("operation", "key", "arn"),
    [
        ("DeleteDatasetGroup", "datasetGroupArn", "dataset-group/local"),
        ("DeleteSolution", "solutionArn", "solution/local-hrnn"),
        ("UpdateSolution", "solutionArn", "solution/local-hrnn"),
        ("DeleteFilter", "filterArn", "filter/local-by-genre"),
    ],
)
def test_what_is_there_from_the_start_stays(
    local: Local, operation: str, key: str, arn: str
) -> None:
    error = refused(local, operation, **{key: local.caller.scope.arn(arn)})
    assert error.code == "ResourceInUseException"


def test_a_data_set_gets_more_fields_and_loses_none(local: Local, data: OwnData) -> None:
    arn = data.datasets["Items"]

    def changed(name: str, text: str) -> dict[str, str]:
        made = local.call("CreateSchema", name=name, schema=text)
        return {"datasetArn": arn, "schemaArn": str(made["schemaArn"])}

    more = {"name": "BRAND", "type": ["null", "string"], "categorical": True}
    local.call("UpdateDataset", **changed("more", schema("Items", more)))
    found = local.call("DescribeDataset", datasetArn=arn)["dataset"]
    assert found["latestDatasetUpdate"]["schemaArn"] == found["schemaArn"]
    data.add_filter('INCLUDE ItemID WHERE Items.BRAND IN ("x")')
    assert data.train("semantic-similarity")["status"] == "ACTIVE"
    fewer = refused(local, "UpdateDataset", **changed("fewer", schema("Items")))
    assert "lacks BRAND" in fewer.message
    filled = {"name": "SIZE", "type": "int"}
    error = refused(local, "UpdateDataset", **changed("filled", schema("Items", more, filled)))
    assert "SIZE must admit null" in error.message


@pytest.mark.parametrize(
    ("operation", "request_", "code", "says"),
    [
        (
            "CreateSchema",
            {"name": "s", "schema": "{}"},
            "InvalidInputException",
            'type must be "record"',
        ),
        (
            "CreateFilter",
            {"name": "f", "filterExpression": "INCLUDE"},
            "InvalidInputException",
            "ItemID or UserID must follow",
        ),
        (
            "CreateFilter",
            {"name": "f", "filterExpression": "INCLUDE ItemID WHERE Items.X = 1"},
            "InvalidInputException",
            "no field Items.X",
        ),
        ("CreateSolution", {"name": "s"}, "InvalidInputException", "needs a recipeArn"),
        (
            "CreateSolution",
            {"name": "s", "performAutoML": True},
            "InvalidInputException",
            "no AutoML",
        ),
        (
            "CreateSolution",
            {"name": "s", "recipeArn": "arn:aws:personalize:::recipe/aws-none"},
            "ResourceNotFoundException",
            "aws-none",
        ),
        (
            "CreateSolution",
            {"name": "s", "recipeArn": "arn:aws:personalize:::recipe/aws-next-best-action"},
            "InvalidInputException",
            "no actions",
        ),
    ],
)
def test_bad_input_is_refused_and_nothing_is_made(
    local: Local, operation: str, request_: dict[str, object], code: str, says: str
) -> None:
    data = OwnData(local)
    group = {} if operation == "CreateSchema" else {"datasetGroupArn": data.group}
    error = refused(local, operation, **request_, **group)
    assert error.code == code
    assert says in error.message
    listed = local.call(f"List{operation.removeprefix('Create')}s")
    (rows,) = listed.values()
    assert not any(row["name"] in ("s", "f") for row in rows)


def test_a_fault_decides_how_a_training_and_an_import_end(local: Local, data: OwnData) -> None:
    local.service.faults.add("CreateSolutionVersion", kind="job-fails", reason="no GPU")
    version = data.train()
    assert (version["status"], version["failureReason"]) == ("CREATE FAILED", "no GPU")
    local.service.faults.add("CreateDatasetImportJob", kind="job-fails")
    assert data.load("Items", b"ITEM_ID,GENRES,PRICE\none,Comedy,1\n")["status"] == "CREATE FAILED"
    version = data.train()
    assert version["status"] == "ACTIVE"
    # What the import would have replaced is still there.
    chosen = data.add_filter("INCLUDE ItemID WHERE Items.PRICE < 2")
    request = {"solutionVersionArn": version["solutionVersionArn"], "filterArn": chosen}
    (answer,) = local.run(b'{"userId":"u00"}', "user-personalization-v2", **request)
    assert sorted(answer["output"]["recommendedItems"]) == ["i00", "i01"]


def test_a_quota_that_a_fault_uses_up_is_that_of_the_operation(local: Local) -> None:
    local.service.faults.add("CreateSolutionVersion", kind="no-room")
    error = refused(local, "CreateSolutionVersion", solutionArn=local.solution("hrnn"))
    assert error.code == "LimitExceededException"
    assert "More than 20 resources" in error.message
    assert "a training of arn:" in error.message


def test_what_others_lack_is_told(local: Local) -> None:
    error = refused(local, "CreateCampaign", name="c")
    assert error.code == "UnknownOperationException"
    assert "it runs batch jobs, and has no campaigns" in error.message
