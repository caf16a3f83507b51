"""Definitions of state machines that AWS takes, and the local AWS with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import ROOT
from tests.support.flow.definitions import PASS, TASK, machine, one, output, sdk
from tests.support.flow.running_aws import RunningAws


@pytest.fixture(scope="module")
def client(local_aws: RunningAws) -> Any:
    return local_aws.client("stepfunctions")


GOOD = {
    "an expression over items": output("$states.input.rows[price > 5].name"),
    "a name in a function": output("$map($states.input.rows, function($row) { $row.name })"),
    "an order": output("$states.input.rows^(>price)"),
    "an object for each": output("$states.input.rows.{'n': name}"),
    "the acronyms of the SDK": sdk("s3:putObject", {"Bucket": "b", "Key": "k", "Acl": "private"}),
    "a service by its id": sdk("rdsdata:executeStatement", {"Sql": "SELECT 1"}),
    "a job that is waited for": one(
        {**TASK, "Resource": "arn:aws:states:::athena:startQueryExecution.sync"}
    ),
    "a token": one({**TASK, "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken"}),
    "an execution that is waited for": one(
        {**TASK, "Resource": "arn:aws:states:::states:startExecution.sync:2"}
    ),
    "a caught error": machine(
        {
            "A": {
                **TASK,
                "Catch": [
                    {
                        "ErrorEquals": ["States.ALL"],
                        "Output": "{% $states.errorOutput %}",
                        "Next": "B",
                    }
                ],
            },
            "B": PASS,
        }
    ),
}


@pytest.mark.parametrize("definition", GOOD.values(), ids=GOOD)
def test_a_definition_is_accepted(client: Any, definition: Any) -> None:
    answer = client.validate_state_machine_definition(definition=json.dumps(definition))
    assert (answer["result"], answer["diagnostics"]) == ("OK", [])


@pytest.mark.parametrize("file", sorted((ROOT / "tests/states/golden").glob("*.asl.json")), ids=str)
def test_the_machines_of_this_library_are_accepted(client: Any, file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert client.validate_state_machine_definition(definition=text)["diagnostics"] == []
