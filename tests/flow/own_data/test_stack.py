"""One `cdk deploy` of the CDK's own resources for data and a model, and a workflow on them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import ROOT
from tests.support.flow.machines import Machines
from tests.support.flow.own_data import KINDS, Shop
from tests.support.local.own_data import items, schema

APP = ROOT / "tests/flow/apps/own_data_app.py"
CHEAP = "INCLUDE ItemID WHERE Items.PRICE < 20"


class Deployed:
    """The stack of one test."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self.shop, self.aws, self._folder = shop, shop.aws, folder
        self.given: dict[str, Any] = {
            "name": shop.name,
            "bucket": shop.bucket,
            "files": {kind: shop.uri(kind) for kind in KINDS},
            "schemas": {kind: schema(kind) for kind in KINDS},
            "jobs": {kind: f"{shop.name}-{kind}-1" for kind in KINDS},
            "filter": CHEAP,
        }
        self._count = 0
        shop.put("in/users.json", b'{"userId":"u00"}\n')

    def deploy(self) -> tuple[int, str]:
        self._count += 1
        out, given = self._folder / f"out-{self._count}", self._folder / "given.json"
        given.write_text(json.dumps(self.given))
        subprocess.run([sys.executable, str(APP), str(out), str(given)], check=True)
        done = self.aws.run(["cdk", "deploy", "--app", str(out), "--require-approval", "never"])
        return done.returncode, done.stdout + done.stderr

    def destroy(self) -> None:
        client = self.aws.client("cloudformation")
        client.delete_stack(StackName=self.shop.name)
        client.get_waiter("stack_delete_complete").wait(
            StackName=self.shop.name, WaiterConfig={"Delay": 1, "MaxAttempts": 300}
        )


@pytest.fixture
def deployed(shop: Shop, tmp_path: Path) -> Iterator[Deployed]:
    made = Deployed(shop, tmp_path)
    yield made
    made.destroy()


def test_a_stack_of_data_model_and_workflow_lives_from_deploy_to_destroy(
    deployed: Deployed, machines: Machines
) -> None:
    shop, client = deployed.shop, deployed.shop.personalize
    code, text = deployed.deploy()
    assert code == 0, text
    outputs = deployed.aws.outputs(shop.name)
    # Nobody has trained yet: automatic training is on, and begins when it is told to.
    solution = client.describe_solution(solutionArn=outputs["SolutionArn"])["solution"]
    assert solution["performAutoTraining"] is True
    shop.trained(shop.aws.control.train(outputs["SolutionArn"]))
    ended = machines.finish(machines.start(outputs["Machine"], {}))
    assert ended["status"] == "SUCCEEDED", ended
    uri = json.loads(ended["output"])["outputUri"]
    (answer,) = shop.aws.read(uri)
    assert all(int(item[1:]) < 20 for item in answer["output"]["recommendedItems"])

    # Another import job imports again, in place.
    shop.put("import/Items.csv", items().replace(b",19.5", b",99.5"))
    deployed.given["jobs"]["Items"] += "-again"
    code, text = deployed.deploy()
    assert code == 0, text
    jobs = client.list_dataset_import_jobs()["datasetImportJobs"]
    assert {one["status"] for one in jobs if shop.name in one["jobName"]} == {"ACTIVE"}

    # A filter cannot be changed: CloudFormation would have to replace it under its own name.
    deployed.given["filter"] = "INCLUDE ItemID WHERE Items.PRICE < 10"
    code, text = deployed.deploy()
    assert code == 1
    assert "custom-named resource requires replacing" in text
    found = client.describe_filter(filterArn=outputs["FilterArn"])["filter"]
    assert found["filterExpression"] == CHEAP

    deployed.destroy()
    names = [one["name"] for one in client.list_dataset_groups()["datasetGroups"]]
    assert shop.name not in names
    schemas = [one["name"] for one in client.list_schemas()["schemas"]]
    assert not [one for one in schemas if shop.name in one]


def test_what_personalize_refuses_fails_the_deployment_with_its_words(
    deployed: Deployed,
) -> None:
    deployed.shop.put("import/Items.csv", b"ITEM_ID,GENRES\na,b\n")
    code, text = deployed.deploy()
    assert code == 1
    assert "is missing columns of the schema: PRICE" in " ".join(text.split())
