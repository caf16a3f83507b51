"""The orders in which public programs call Personalize, from the dataset group to results."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.flow.machines import PERSONALIZE, Machines
from tests.support.flow.own_data import KINDS, Shop
from tests.support.local.own_data import schema


def comedies(answer: dict[str, Any]) -> bool:
    """Whether all items are of the first user's genre: every third item is."""
    return all(int(item[1:]) % 3 == 0 for item in answer["output"]["recommendedItems"])


def calling(operation: str, given: dict[str, Any], name: str, following: str) -> dict[str, Any]:
    """A state that calls an operation, and keeps the answer under a name."""
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::aws-sdk:personalize:{operation}",
        "Arguments": given,
        "Assign": {name: "{% $states.result %}"},
        "Next": following,
    }


def looking(what: str, name: str, following: str) -> dict[str, Any]:
    """States that look at something until it is ACTIVE."""
    key = f"{what}Arn"
    given = {key: f"{{% ${name}.{key} %}}"}

    def way(status: str, state: str) -> dict[str, str]:
        return {"Condition": f"{{% $seen.{what}.Status = '{status}' %}}", "Next": state}

    return {
        f"Look at {what}": calling(f"describe{what}", given, "seen", f"Is {what} there?"),
        f"Is {what} there?": {
            "Type": "Choice",
            "Choices": [way("ACTIVE", following), way("CREATE FAILED", "Fail")],
            "Default": f"Wait for {what}",
        },
        f"Wait for {what}": {"Type": "Wait", "Seconds": 1, "Next": f"Look at {what}"},
    }


def test_notebooks_go_through_it_step_by_step(shop: Shop) -> None:
    """Group, schema, data set, import, recipes, solution, version, metrics, job."""
    client = shop.personalize
    group = shop.group()
    dataset = shop.dataset(group, "Interactions")
    shop.imported(shop.start_import(dataset, "Interactions"))
    recipes = [one["recipeArn"] for one in client.list_recipes()["recipes"]]
    recipe = next(arn for arn in recipes if arn.endswith("aws-user-personalization"))
    solution = shop.solution(group, recipe.rpartition("/")[2])
    version = shop.version(solution)
    metrics = client.get_solution_metrics(solutionVersionArn=version)["metrics"]
    assert metrics["precision_at_5"] > 0
    (answer,) = shop.recommended(version, "notebook", {"userId": "u00"}, numResults=5)
    assert comedies(answer)


def test_a_demo_makes_everything_at_once_and_waits_after(shop: Shop) -> None:
    """All schemas first, all imports side by side, several solutions, filters."""
    client = shop.personalize
    schemas = {kind: shop.schema(kind) for kind in KINDS}
    group = shop.group()
    jobs = []
    for kind in KINDS:
        made = client.create_dataset(
            name=kind, schemaArn=schemas[kind], datasetGroupArn=group, datasetType=kind
        )["datasetArn"]
        shop.dataset_is_active(made)
        jobs.append(shop.start_import(made, kind))
    for job in jobs:
        shop.imported(job)
    recipes = ("aws-user-personalization-v2", "aws-similar-items", "aws-personalized-ranking-v2")
    solutions = [shop.solution(group, recipe) for recipe in recipes]
    versions = [
        client.create_solution_version(solutionArn=one)["solutionVersionArn"] for one in solutions
    ]
    for version in versions:
        shop.trained(version)
    cheap = shop.filter(group, "INCLUDE ItemID WHERE Items.PRICE < $PRICE")
    record = {"userId": "u00", "filterValues": {"PRICE": '"10"'}}
    (answer,) = shop.recommended(versions[0], "demo", record, filterArn=cheap)
    assert {int(item[1:]) for item in answer["output"]["recommendedItems"]} == set(range(10))
    (near,) = shop.recommended(versions[1], "near", {"itemId": "i03"}, numResults=3)
    assert comedies(near)


def test_a_service_describes_by_name_before_it_creates(shop: Shop) -> None:
    """Each resource is described by the ARN that its name gives, and created if it is missing."""
    client, aws = shop.personalize, shop.aws
    base = f"arn:aws:personalize:{aws.local_aws.region}:000000000000"

    def ensure(kind: str, key: str, arn: str, **request: Any) -> str:
        """Describes, creates where there is nothing, and describes until it is ACTIVE."""
        describe, create = getattr(client, f"describe_{kind}"), getattr(client, f"create_{kind}")
        try:
            describe(**{f"{key}Arn": arn})
        except client.exceptions.ResourceNotFoundException:
            assert create(**request)[f"{key}Arn"] == arn
        found = describe(**{f"{key}Arn": arn})[key]
        if "status" in found:
            shop.active(lambda: describe(**{f"{key}Arn": arn})[key])
        return arn

    def all_of_it() -> str:
        name = shop.name
        group = ensure("dataset_group", "datasetGroup", f"{base}:dataset-group/{name}", name=name)
        for kind in KINDS:
            text = schema(kind)
            arn = f"{base}:schema/{name}-{kind}"
            made = ensure("schema", "schema", arn, name=f"{name}-{kind}", schema=text)
            dataset = ensure(
                "dataset",
                "dataset",
                f"{base}:dataset/{name}/{kind.upper()}",
                name=kind,
                schemaArn=made,
                datasetGroupArn=group,
                datasetType=kind,
            )
            ensure(
                "dataset_import_job",
                "datasetImportJob",
                f"{base}:dataset-import-job/{name}-{kind}",
                jobName=f"{name}-{kind}",
                datasetArn=dataset,
                dataSource={"dataLocation": f"s3://{shop.bucket}/import/{kind}.csv"},
                roleArn=shop.role,
            )
        return ensure(
            "solution",
            "solution",
            f"{base}:solution/{name}",
            name=name,
            datasetGroupArn=group,
            recipeArn="arn:aws:personalize:::recipe/aws-user-personalization",
        )

    solution = all_of_it()
    assert all_of_it() == solution
    full = shop.version(solution)
    shop.version(solution, trainingMode="UPDATE")
    pages = client.get_paginator("list_solution_versions").paginate(solutionArn=solution)
    modes = {
        one["solutionVersionArn"]: one["trainingMode"]
        for page in pages
        for one in page["solutionVersions"]
    }
    assert sorted(modes.values()) == ["FULL", "UPDATE"]
    (answer,) = shop.recommended(full, "service", {"userId": "u00"}, numResults=5)
    assert comedies(answer)


def test_a_pipeline_of_step_functions_calls_the_api_itself(shop: Shop, machines: Machines) -> None:
    """A state machine that creates, waits and looks, by the SDK integrations."""

    group = shop.loaded_group()
    recipe = "arn:aws:personalize:::recipe/aws-popularity-count"
    request = {"Name": shop.name, "DatasetGroupArn": group, "RecipeArn": recipe}
    states = {
        "Solution": calling("createSolution", request, "solution", "Look at Solution"),
        **looking("Solution", "solution", "Train"),
        "Train": calling(
            "createSolutionVersion",
            {"SolutionArn": "{% $solution.SolutionArn %}"},
            "version",
            "Look at SolutionVersion",
        ),
        **looking("SolutionVersion", "version", "Done"),
        "Done": {"Type": "Succeed", "Output": "{% $version.SolutionVersionArn %}"},
        "Fail": {"Type": "Fail"},
    }
    version = machines.run(states, PERSONALIZE)
    (answer,) = shop.recommended(version, "pipeline", {"userId": "u01"}, numResults=3)
    assert len(answer["output"]["recommendedItems"]) == 3


def test_events_start_the_next_step(shop: Shop) -> None:
    """A new file is imported on top, the solution trained anew, segments made with a filter."""
    client = shop.personalize
    group = shop.loaded_group()
    (dataset,) = (
        one["datasetArn"]
        for one in client.list_datasets(datasetGroupArn=group)["datasets"]
        if one["datasetType"] == "USERS"
    )
    solution = shop.solution(group, "aws-item-affinity", performAutoTraining=False)
    shop.version(solution)
    shop.put("import/Users.csv", b"USER_ID,MEMBERSHIP,AGE\nu00,gold,1\n")
    shop.imported(shop.start_import(dataset, "Users", "INCREMENTAL"))
    imports = client.list_dataset_import_jobs(datasetArn=dataset)["datasetImportJobs"]
    assert [one["importMode"] for one in imports] == ["FULL", "INCREMENTAL"]
    version = shop.version(solution)
    latest = client.describe_solution(solutionArn=solution)["solution"]["latestSolutionVersion"]
    assert latest["solutionVersionArn"] == version
    young = shop.filter(group, 'INCLUDE UserID WHERE Users.MEMBERSHIP IN ("gold")')
    (answer,) = shop.segments(version, "event", {"itemId": "i00"}, filterArn=young, numResults=60)
    expected = {"u00", *(f"u{number:02}" for number in range(1, 60, 2))}
    assert set(answer["output"]["usersList"]) == expected


def test_a_lab_cleans_up_what_it_made(shop: Shop) -> None:
    """Both kinds of segments and a batch, then everything is deleted, in the order of the guide."""
    client = shop.personalize
    group = shop.loaded_group()
    by_item = shop.version(shop.solution(group, "aws-item-affinity"))
    by_genre = shop.version(shop.solution(group, "aws-item-attribute-affinity"))
    (one,) = shop.segments(by_item, "item", {"itemId": "i02"}, numResults=10)
    (two,) = shop.segments(by_genre, "genre", {"itemAttributes": 'ITEMS.GENRES = "Horror"'})
    assert len(one["output"]["usersList"]) == 10
    assert set(one["output"]["usersList"]) <= set(two["output"]["usersList"])
    with pytest.raises(ClientError, match="delete all of its datasets first"):
        client.delete_dataset_group(datasetGroupArn=group)
    shop.close()
    names = [one["name"] for one in client.list_dataset_groups()["datasetGroups"]]
    assert shop.name not in names
    for kind in KINDS:
        arn = f"arn:aws:personalize:us-east-1:000000000000:schema/{shop.name}-{kind}"
        client.delete_schema(schemaArn=arn)
    assert json.dumps(client.list_schemas()["schemas"], default=str).count(shop.name) == 0
