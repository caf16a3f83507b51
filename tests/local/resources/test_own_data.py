"""From CreateDatasetGroup to the results of a job, with data of one's own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from personalize_local.errors import ApiError
from tests.support.local.own_data import ITEMS, OwnData, interactions, items, schema, users
from tests.support.local.service import ROLE, Local


@pytest.fixture
def data(local: Local) -> OwnData:
    return OwnData(local).load_all()


def refused(local: Local, operation: str, **request: object) -> ApiError:
    with pytest.raises(ApiError) as caught:
        local.call(operation, **request)
    return caught.value


def run(local: Local, version: str, *records: dict[str, Any], **more: object) -> list[Any]:
    lines = b"".join(json.dumps(record).encode() + b"\n" for record in records)
    return local.run(lines, "user-personalization-v2", solutionVersionArn=version, **more)


def test_users_get_items_of_their_own_data(local: Local, data: OwnData) -> None:
    version = data.train()
    assert (version["status"], version["trainingMode"], version["trainingType"]) == (
        "ACTIVE",
        "FULL",
        "MANUAL",
    )
    (known, new) = run(
        local, version["solutionVersionArn"], {"userId": "u00"}, {"userId": "nobody"}, numResults=5
    )
    # The first user likes the first of three genres, which every third item has.
    assert all(int(item[1:]) % 3 == 0 for item in known["output"]["recommendedItems"])
    assert len(new["output"]["recommendedItems"]) == 5
    assert known["output"]["recommendedItems"] != new["output"]["recommendedItems"]


def test_each_kind_of_recipe_answers_from_own_data(local: Local, data: OwnData) -> None:
    def first(recipe: str, record: dict[str, object]) -> Any:
        version = data.train(recipe)["solutionVersionArn"]
        request = {"solutionVersionArn": version, "jobName": recipe, "numResults": 3}
        local.s3.put("in", "users.json", json.dumps(record).encode())
        kind = "Segment" if "affinity" in recipe else "Inference"
        answer = local.call(f"CreateBatch{kind}Job", **local.request(**request))
        described = local.finish(str(next(iter(answer.values()))))
        assert described["status"] == "ACTIVE", described
        return json.loads(local.s3.content("out", "results/users.json.out"))["output"]

    near = first("similar-items", {"itemId": "i03"})["recommendedItems"]
    assert all(int(item[1:]) % 3 == 0 for item in near)
    ranked = first("personalized-ranking", {"userId": "u01", "itemList": ["i00", "i01", "zz"]})
    assert ranked["recommendedItems"] == ["i01", "i00", "zz"]
    comedies = first("item-attribute-affinity", {"itemAttributes": 'ITEMS.genres = "Comedy"'})
    assert all(int(user[1:]) % 3 == 0 for user in comedies["usersList"])
    horror = first("item-affinity", {"itemId": "i02"})
    assert all(int(user[1:]) % 3 == 2 for user in horror["usersList"])


def test_a_job_sees_the_metadata_of_the_last_import(local: Local, data: OwnData) -> None:
    version = data.train()["solutionVersionArn"]
    chosen = data.add_filter("INCLUDE ItemID WHERE Items.PRICE < $MOST")
    record = {"userId": "u00", "filterValues": {"MOST": '"3"'}}
    (before,) = run(local, version, record, filterArn=chosen)
    assert sorted(before["output"]["recommendedItems"]) == ["i00", "i01", "i02"]
    cheaper = items().replace(b",9.5", b",0.5")
    assert data.load("Items", cheaper)["status"] == "ACTIVE"
    (after,) = run(local, version, record, filterArn=chosen, jobName="after")
    assert sorted(after["output"]["recommendedItems"]) == ["i00", "i01", "i02", "i09"]


def test_filters_use_events_and_users(local: Local, data: OwnData) -> None:
    version = data.train()["solutionVersionArn"]
    seen = data.add_filter('EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")', "seen")
    watched = data.add_filter('INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("Watch")', "w")
    member = data.add_filter(
        'INCLUDE ItemID WHERE Items.PRICE < 4 IF CurrentUser.MEMBERSHIP = "gold"', "member"
    )
    rows = [line.split(",") for line in interactions().decode().splitlines()[1:]]
    met = {item for user, item, _, _ in rows if user == "u00"}
    saw = {item for user, item, kind, _ in rows if user == "u00" and kind == "watch"}

    def shown(chosen: str, name: str, user: str) -> set[str]:
        more = {"filterArn": chosen, "jobName": name, "numResults": ITEMS}
        (answer,) = run(local, version, {"userId": user}, **more)
        return set(answer["output"]["recommendedItems"])

    assert shown(seen, "1", "u00") == {f"i{number:02}" for number in range(ITEMS)} - met
    assert shown(watched, "2", "u00") == saw
    assert shown(member, "3", "u01") == {"i00", "i01", "i02", "i03"}
    assert len(shown(member, "4", "u00")) == ITEMS


def test_segments_are_filtered_by_users(local: Local, data: OwnData) -> None:
    version = data.train("item-affinity")["solutionVersionArn"]
    gold = data.add_filter('INCLUDE UserID WHERE Users.MEMBERSHIP IN ("gold")', "gold")
    local.s3.put("in", "users.json", b'{"itemId":"i00"}\n')
    request = local.request(solutionVersionArn=version, filterArn=gold, numResults=60)
    arn = local.call("CreateBatchSegmentJob", **request)["batchSegmentJobArn"]
    assert local.finish(arn)["status"] == "ACTIVE"
    answer = json.loads(local.s3.content("out", "results/users.json.out"))
    found = answer["output"]["usersList"]
    assert sorted(found) == [f"u{number:02}" for number in range(1, 60, 2)]


def test_a_filter_of_another_kind_or_group_is_refused(local: Local, data: OwnData) -> None:
    version = data.train()["solutionVersionArn"]
    of_users = data.add_filter("INCLUDE UserID WHERE Users.AGE > 3", "users")
    of_item = data.add_filter("INCLUDE ItemID WHERE Items.PRICE < CurrentItem.PRICE", "item")
    elsewhere = local.caller.scope.arn("filter/local-exclude-seen")
    for chosen, says in (
        (of_users, "must choose items"),
        (of_item, "needs related items"),
        (elsewhere, "is of the dataset group"),
    ):
        request = local.request(solutionVersionArn=version, filterArn=chosen)
        error = refused(local, "CreateBatchInferenceJob", **request)
        assert error.code == "InvalidInputException"
        assert says in error.message


def test_automatic_training_is_on_and_runs_when_told_to(local: Local, data: OwnData) -> None:
    arn = data.add_solution("user-personalization-v2")
    assert local.call("DescribeSolution", solutionArn=arn)["solution"]["performAutoTraining"]
    version = local.service.train(arn)
    local.wait(version)
    found = local.call("DescribeSolution", solutionArn=arn)["solution"]["latestSolutionVersion"]
    assert (found["solutionVersionArn"], found["trainingType"]) == (version, "AUTOMATIC")
    local.call("UpdateSolution", solutionArn=arn, performAutoTraining=False)
    with pytest.raises(ApiError, match="trained by hand"):
        local.service.train(arn)
    with pytest.raises(ApiError, match="Could not find"):
        local.service.train("nothing")


def test_an_update_needs_a_full_version_and_a_recipe_that_has_it(
    local: Local, data: OwnData
) -> None:
    old = data.add_solution("user-personalization")
    error = refused(local, "CreateSolutionVersion", solutionArn=old, trainingMode="UPDATE")
    assert "needs an ACTIVE version" in error.message
    assert data.train("user-personalization")["status"] == "ACTIVE"
    assert data.train("user-personalization", trainingMode="UPDATE")["trainingMode"] == "UPDATE"
    new = data.add_solution("user-personalization-v2")
    error = refused(local, "CreateSolutionVersion", solutionArn=new, trainingMode="UPDATE")
    assert "needs one of the recipes" in error.message


def test_a_name_of_a_version_is_taken_once(local: Local, data: OwnData) -> None:
    assert data.train(name="monday")["name"] == "monday"
    (solution,) = data.solutions.values()
    error = refused(local, "CreateSolutionVersion", solutionArn=solution, name="monday")
    assert error.code == "ResourceAlreadyExistsException"


def test_a_training_can_be_stopped(local: Local, data: OwnData) -> None:
    solution = data.add_solution("sims")
    local.time.gate.clear()
    arn = local.call("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    error = refused(local, "DeleteSolution", solutionArn=solution)
    assert error.code == "ResourceInUseException"
    local.call("StopSolutionVersionCreation", solutionVersionArn=arn)

    def status() -> str:
        found = local.call("DescribeSolutionVersion", solutionVersionArn=arn)
        return str(found["solutionVersion"]["status"])

    assert status() == "CREATE STOPPING"
    local.time.gate.set()
    local.wait(arn)
    assert status() == "CREATE STOPPED"
    again = refused(local, "StopSolutionVersionCreation", solutionVersionArn=arn)
    assert "only a training that runs" in again.message
    error = refused(local, "CreateBatchInferenceJob", **local.request(solutionVersionArn=arn))
    assert "must be ACTIVE, and is CREATE STOPPED" in error.message


@pytest.mark.parametrize(
    ("kinds", "content", "recipe", "more", "says"),
    [
        ((), b"", "sims", {}, "Nothing was imported"),
        (("Interactions",), interactions(), "semantic-similarity", {}, "needs an Items data set"),
        (
            ("Interactions",),
            interactions(),
            "sims",
            {"eventType": "buy"},
            "has 0 interactions, and a training needs at least 1000",
        ),
        (
            ("Interactions",),
            interactions(),
            "sims",
            {"solutionConfig": {"eventValueThreshold": "0.5"}},
            "no such field",
        ),
        (
            ("Interactions",),
            b"USER_ID,ITEM_ID,EVENT_TYPE,TIMESTAMP\n" + b"u,i,click,1\n" * 1_000,
            "sims",
            {},
            "has 1 users with at least 2 interactions",
        ),
    ],
)
def test_a_training_without_enough_data_fails_and_says_why(
    local: Local,
    kinds: tuple[str, ...],
    content: bytes,
    recipe: str,
    more: dict[str, object],
    says: str,
) -> None:
    data = OwnData(local)
    for kind in kinds:
        data.add_dataset(kind)
        assert data.load(kind, content)["status"] == "ACTIVE"
    data.add_solution(recipe, **more)
    version = data.train(recipe)
    assert version["status"] == "CREATE FAILED"
    assert says in version["failureReason"]


def test_metrics_are_those_of_a_held_out_part(local: Local, data: OwnData) -> None:
    found = {}
    for recipe in ("user-personalization-v2", "popularity-count", "item-affinity"):
        arn = data.train(recipe)["solutionVersionArn"]
        found[recipe] = local.call("GetSolutionMetrics", solutionVersionArn=arn)["metrics"]
    personal, popular = found["user-personalization-v2"], found["popularity-count"]
    name = "normalized_discounted_cumulative_gain_at_25"
    assert 0 < popular[name] < personal[name] <= 1
    assert set(found["item-affinity"]) == {"coverage", "hits_at_1_percent", "recall_at_1_percent"}
    failing = local.call("ListSolutionVersions", solutionArn=local.solution("not-ready"))
    arn = failing["solutionVersions"][0]["solutionVersionArn"]
    error = refused(local, "GetSolutionMetrics", solutionVersionArn=arn)
    assert error.code == "ResourceInUseException"


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
    assert data.load("Items", items())["status"] == "CREATE FAILED"
    assert data.train()["status"] == "ACTIVE"


def test_what_others_lack_is_told(local: Local) -> None:
    error = refused(local, "CreateCampaign", name="c")
    assert error.code == "UnknownOperationException"
    assert "it runs batch jobs, and has no campaigns" in error.message
