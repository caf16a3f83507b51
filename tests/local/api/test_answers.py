from __future__ import annotations

from typing import Any

from personalize_local.api import model
from tests.support.local.own_data import OwnData, schema
from tests.support.local.service import ROLE, Local

ACCOUNT = "123456789012"
BASE = f"arn:aws:personalize:us-east-1:{ACCOUNT}"
JOB = f"{BASE}:batch-inference-job/job"
THEMES = {"fieldsForThemeGeneration": {"itemName": "TITLE"}}


def tags(start: int, count: int) -> list[dict[str, str]]:
    return [{"tagKey": f"k{number}", "tagValue": "v"} for number in range(start, start + count)]


def answers(local: Local) -> list[tuple[str, dict[str, Any]]]:
    """One answer of every operation, with as many members as it can have."""
    local.s3.put("in", "users.json", b'{"itemId":"1001"}')
    segment = local.request("item-affinity", jobName="segment")
    more = {"batchInferenceJobMode": "THEME_GENERATION", "themeGenerationConfig": THEMES}
    found = [
        ("CreateBatchInferenceJob", local.request("similar-items", **more)),
        ("CreateBatchInferenceJob", local.request(jobName="failing", jobInput=located("in/no"))),
        ("CreateBatchSegmentJob", segment),
    ]
    results = [(operation, local.call(operation, **request)) for operation, request in found]
    for _, result in results:
        local.finish(next(iter(result.values())))
    failing = f"{BASE}:batch-inference-job/failing"
    ready = local.version("hrnn")
    failed = local.call("ListSolutionVersions", solutionArn=local.solution("not-ready"))
    calls: list[tuple[str, dict[str, object]]] = [
        ("DescribeBatchInferenceJob", {"batchInferenceJobArn": JOB}),
        ("DescribeBatchInferenceJob", {"batchInferenceJobArn": failing}),
        ("DescribeBatchSegmentJob", {"batchSegmentJobArn": f"{BASE}:batch-segment-job/segment"}),
        ("ListBatchInferenceJobs", {"maxResults": 1}),
        ("ListBatchInferenceJobs", {}),
        ("ListBatchSegmentJobs", {}),
        ("DescribeSolution", {"solutionArn": local.solution("hrnn")}),
        ("ListSolutions", {}),
        ("DescribeSolutionVersion", {"solutionVersionArn": ready}),
        ("DescribeSolutionVersion", first(failed)),
        ("ListSolutionVersions", {}),
        ("DescribeRecipe", {"recipeArn": "arn:aws:personalize:::recipe/aws-sims"}),
        ("TagResource", {"resourceArn": JOB, "tags": tags(0, 1)}),
        ("ListTagsForResource", {"resourceArn": JOB}),
        ("UntagResource", {"resourceArn": JOB, "tagKeys": ["k0"]}),
    ]
    results += [(operation, local.call(operation, **given)) for operation, given in calls]
    return results + own(local)


def own(local: Local) -> list[tuple[str, dict[str, Any]]]:
    """One answer of every operation on data of one's own."""
    data = OwnData(local).load_all()
    version = data.train(name="first")["solutionVersionArn"]
    chosen = data.add_filter("INCLUDE ItemID WHERE Items.PRICE > 3")
    (solution,) = data.solutions.values()
    interactions = data.datasets["Interactions"]
    (dataset,) = (
        one
        for one in local.call("ListDatasets", datasetGroupArn=data.group)["datasets"]
        if one["datasetArn"] == interactions
    )
    text = schema("Interactions", {"name": "EVENT_VALUE", "type": ["float", "null"]})
    wider = local.call("CreateSchema", name="wider", schema=text)["schemaArn"]
    imported = local.call("ListDatasetImportJobs", datasetArn=interactions)
    job = imported["datasetImportJobs"][0]["datasetImportJobArn"]
    old = local.call("DescribeDataset", datasetArn=interactions)["dataset"]["schemaArn"]
    asked: list[tuple[str, dict[str, object]]] = [
        ("DescribeDatasetGroup", {"datasetGroupArn": data.group}),
        ("ListDatasetGroups", {}),
        ("DescribeSchema", {"schemaArn": wider}),
        ("ListSchemas", {"maxResults": 1}),
        ("UpdateDataset", {"datasetArn": dataset["datasetArn"], "schemaArn": wider}),
        ("DescribeDataset", {"datasetArn": interactions}),
        ("ListDatasets", {}),
        ("DescribeDatasetImportJob", {"datasetImportJobArn": job}),
        ("ListDatasetImportJobs", {}),
        ("UpdateSolution", {"solutionArn": solution, "performAutoTraining": False}),
        ("DescribeSolution", {"solutionArn": solution}),
        ("GetSolutionMetrics", {"solutionVersionArn": version}),
        ("DescribeFilter", {"filterArn": chosen}),
        ("ListFilters", {}),
        ("ListRecipes", {}),
        ("DeleteSchema", {"schemaArn": old}),
        ("DeleteFilter", {"filterArn": chosen}),
        ("DeleteSolution", {"solutionArn": solution}),
    ]
    asked += [("DeleteDataset", {"datasetArn": arn}) for arn in data.datasets.values()]
    found = [(operation, local.call(operation, **given)) for operation, given in asked]
    for arn in (solution, *data.datasets.values()):
        local.wait(arn)
    made: list[tuple[str, dict[str, object]]] = [
        ("DeleteDatasetGroup", {"datasetGroupArn": data.group}),
        ("CreateDatasetGroup", {"name": "other"}),
        ("CreateSchema", {"name": "items", "schema": schema("Items")}),
    ]
    found += [(operation, local.call(operation, **given)) for operation, given in made]
    other = found[-2][1]["datasetGroupArn"]
    local.wait(other)
    dataset_of: dict[str, object] = {
        "name": "Items",
        "datasetType": "items",
        "datasetGroupArn": other,
        "schemaArn": found[-1][1]["schemaArn"],
    }
    found.append(("CreateDataset", local.call("CreateDataset", **dataset_of)))
    local.wait(found[-1][1]["datasetArn"])
    local.time.gate.clear()
    recipe = "arn:aws:personalize:::recipe/aws-sims"
    again: list[tuple[str, dict[str, object]]] = [
        (
            "CreateDatasetImportJob",
            {
                "jobName": "again",
                "datasetArn": found[-1][1]["datasetArn"],
                "dataSource": {"dataLocation": "s3://in/shop/"},
                "roleArn": ROLE,
            },
        ),
        ("CreateSolution", {"name": "s", "datasetGroupArn": other, "recipeArn": recipe}),
        (
            "CreateFilter",
            {
                "name": "f",
                "datasetGroupArn": other,
                "filterExpression": "INCLUDE ItemID WHERE Items.PRICE > 3",
            },
        ),
        ("CreateSolutionVersion", {"solutionArn": local.solution("hrnn")}),
    ]
    found += [(operation, local.call(operation, **given)) for operation, given in again]
    trained = found[-1][1]["solutionVersionArn"]
    stop = "StopSolutionVersionCreation"
    found.append((stop, local.call(stop, solutionVersionArn=trained)))
    local.time.gate.set()
    return found


def located(place: str) -> dict[str, object]:
    return {"s3DataSource": {"path": f"s3://{place}"}}


def first(listed: dict[str, Any]) -> dict[str, object]:
    return {"solutionVersionArn": listed["solutionVersions"][0]["solutionVersionArn"]}


def test_every_answer_has_the_shape_of_the_service_model(local: Local) -> None:
    given = answers(local)
    assert {operation for operation, _ in given} == local.service.operations
    for operation, answer in given:
        shape = model.service_model().operation_model(operation).output_shape
        if shape is None:
            assert answer == {}
            continue
        # The model gives the role of an import the pattern of another service's ARNs.
        found = [one for one in model.problems(shape, answer) if ".roleArn" not in one]
        assert found == [], operation
        assert set(answer) <= set(shape.members)


def test_failed_jobs_and_versions_say_why(local: Local) -> None:
    reasons = [
        next(iter(answer.values())).get("failureReason")
        for operation, answer in answers(local)
        if operation in ("DescribeBatchInferenceJob", "DescribeSolutionVersion")
    ]
    assert [bool(reason) for reason in reasons] == [False, True, False, True]
