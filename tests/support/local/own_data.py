"""Data of one's own for the local Personalize: small, and with tastes that a filter can see."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any

import pytest

from personalize_local.errors import ApiError
from tests.support.local.service import ROLE, Local

GENRES = ("Comedy", "Drama", "Horror")
USERS, ITEMS, EACH = 60, 40, 30


def schema(kind: str, *fields: Mapping[str, object]) -> str:
    """An Avro schema of the fields that a data set needs, and some more."""
    needed: dict[str, list[Mapping[str, object]]] = {
        "Interactions": [
            {"name": "USER_ID", "type": "string"},
            {"name": "ITEM_ID", "type": "string"},
            {"name": "EVENT_TYPE", "type": "string"},
            {"name": "TIMESTAMP", "type": "long"},
        ],
        "Items": [
            {"name": "ITEM_ID", "type": "string"},
            {"name": "GENRES", "type": ["null", "string"], "categorical": True},
            {"name": "PRICE", "type": ["float", "null"]},
        ],
        "Users": [
            {"name": "USER_ID", "type": "string"},
            {"name": "MEMBERSHIP", "type": "string", "categorical": True},
            {"name": "AGE", "type": "int"},
        ],
    }
    return json.dumps(
        {"type": "record", "name": kind, "fields": [*needed[kind], *fields], "version": "1.0"}
    )


def interactions(count: int = USERS * EACH) -> bytes:
    """A CSV file: who met what; users like one genre of three."""
    draw = random.Random(7)  # noqa: S311 - data, not secrets
    rows = ["USER_ID,ITEM_ID,EVENT_TYPE,TIMESTAMP"]
    for number in range(count):
        user = number % USERS
        liked = user % len(GENRES)
        item = draw.randrange(ITEMS // len(GENRES)) * len(GENRES) + liked
        item = item if draw.random() < 0.8 else draw.randrange(ITEMS)
        kind = "watch" if draw.random() < 0.5 else "click"
        rows.append(f"u{user:02},i{item:02},{kind},{1_700_000_000 + number}")
    return ("\n".join(rows) + "\n").encode()


def items() -> bytes:
    """A CSV file: the n-th item has the n-th genre and costs n."""
    rows = ["ITEM_ID,GENRES,PRICE"]
    rows += [f"i{number:02},{GENRES[number % 3]}|All,{number}.5" for number in range(ITEMS)]
    return ("\n".join(rows) + "\n").encode()


def users() -> bytes:
    """A CSV file: every second user is a member; the n-th is n years old."""
    rows = ["USER_ID,MEMBERSHIP,AGE"]
    rows += [f"u{number:02},{'gold' if number % 2 else 'none'},{number}" for number in range(USERS)]
    return ("\n".join(rows) + "\n").encode()


FILES = {"Interactions": interactions, "Items": items, "Users": users}


class OwnData:
    """A dataset group with its data sets, on a service with fakes."""

    def __init__(self, local: Local, name: str = "shop") -> None:
        self.local, self.name = local, name
        self.group = str(local.call("CreateDatasetGroup", name=name)["datasetGroupArn"])
        local.wait(self.group)
        self.datasets: dict[str, str] = {}
        self.solutions: dict[str, str] = {}
        self._imports = self._made = 0

    def add_dataset(self, kind: str, text: str | None = None) -> str:
        """Makes a schema and a data set."""
        call = self.local.call
        made = call("CreateSchema", name=f"{self.name}-{kind}", schema=text or schema(kind))
        arn = str(
            call(
                "CreateDataset",
                name=kind,
                schemaArn=made["schemaArn"],
                datasetGroupArn=self.group,
                datasetType=kind,
            )["datasetArn"]
        )
        self.local.wait(arn)
        self.datasets[kind] = arn
        return arn

    def load(self, kind: str, content: bytes, mode: str = "FULL") -> dict[str, Any]:
        """Imports a file; answers how the import ended."""
        self._imports += 1
        key = f"{self.name}/{self._imports}/{kind}.csv"
        self.local.s3.put("in", key, content)
        arn = self.local.call(
            "CreateDatasetImportJob",
            jobName=f"{self.name}-{self._imports}",
            datasetArn=self.datasets[kind],
            dataSource={"dataLocation": f"s3://in/{key}"},
            roleArn=ROLE,
            importMode=mode,
        )["datasetImportJobArn"]
        self.local.wait(arn)
        found = self.local.call("DescribeDatasetImportJob", datasetImportJobArn=arn)
        return dict(found["datasetImportJob"])

    def load_all(self) -> OwnData:
        """Makes all data sets and imports into them."""
        for kind, content in FILES.items():
            self.add_dataset(kind)
            ended = self.load(kind, content())
            assert ended["status"] == "ACTIVE", ended
        return self

    def add_solution(self, recipe: str, **more: object) -> str:
        self._made += 1
        arn = str(
            self.local.call(
                "CreateSolution",
                name=f"{self.name}-{recipe}-{self._made}",
                datasetGroupArn=self.group,
                recipeArn=f"arn:aws:personalize:::recipe/aws-{recipe}",
                **more,
            )["solutionArn"]
        )
        self.local.wait(arn)
        self.solutions[recipe] = arn
        return arn

    def train(self, recipe: str = "user-personalization-v2", **more: object) -> dict[str, Any]:
        """Trains a version; answers how the training ended."""
        solution = self.solutions.get(recipe) or self.add_solution(recipe)
        answer = self.local.call("CreateSolutionVersion", solutionArn=solution, **more)
        arn = answer["solutionVersionArn"]
        self.local.wait(arn)
        found = self.local.call("DescribeSolutionVersion", solutionVersionArn=arn)
        return dict(found["solutionVersion"])

    def add_filter(self, expression: str, name: str = "filter") -> str:
        arn = str(
            self.local.call(
                "CreateFilter",
                name=name,
                datasetGroupArn=self.group,
                filterExpression=expression,
            )["filterArn"]
        )
        self.local.wait(arn)
        return arn


def refused(local: Local, operation: str, **request: object) -> ApiError:
    """The error that a call is answered with."""
    with pytest.raises(ApiError) as caught:
        local.call(operation, **request)
    return caught.value
