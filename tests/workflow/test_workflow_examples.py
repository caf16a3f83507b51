"""The example apps of workflows synthesize, and hold what they are examples of."""

from __future__ import annotations

import json
import runpy
from collections import Counter
from typing import Any

import aws_cdk as cdk
import jsonata
import pytest

from tests.support import ROOT

EXAMPLES = ROOT / "examples" / "workflows"


def synthesize(name: str) -> dict[str, Any]:
    """The template of an example, without CloudFormation's rule engine, which takes seconds."""
    app = cdk.App(builtin_cloud_formation_validation=False)
    runpy.run_path(str(EXAMPLES / f"{name}.py"))["add_stack"](app)
    (stack,) = app.synth().stacks
    return dict(stack.template)


@pytest.mark.parametrize(
    ("name", "types"),
    [
        (
            "nightly",
            {"AWS::Scheduler::Schedule": 1, "AWS::CloudWatch::Alarm": 2, "AWS::Glue::Table": 1},
        ),
        ("arrival", {"AWS::StepFunctions::StateMachine": 2, "AWS::Events::Rule": 2}),
        ("from_parquet", {"AWS::StepFunctions::StateMachine": 2}),
    ],
)
def test_the_example_synthesizes(name: str, types: dict[str, int]) -> None:
    resources = synthesize(name)["Resources"].values()
    counts = Counter(resource["Type"] for resource in resources)
    assert {kind: counts[kind] for kind in types} == types


def test_the_query_writes_records_into_a_folder_of_the_execution() -> None:
    resources = synthesize("from_parquet")["Resources"]
    (machine,) = (
        one
        for key, one in resources.items()
        if key.startswith("Machine") and one["Type"] == "AWS::StepFunctions::StateMachine"
    )
    parts = machine["Properties"]["DefinitionString"]["Fn::Join"][1]
    text = "".join(part if isinstance(part, str) else "films" for part in parts)
    states = json.loads(text)["States"]
    query = states["Unload"]["Arguments"]["QueryString"]
    context = {"context": {"Execution": {"Name": "monday"}}}
    asked = jsonata.Jsonata.jsonata(query[2:-2]).evaluate(None, {"states": context})
    assert asked == (
        """UNLOAD (SELECT '{"userId":' || json_format(CAST(CAST(user_id AS varchar) AS json)) """
        """|| '}' FROM active_users) TO 's3://films/users/monday/' """
        """WITH (format = 'TEXTFILE', compression = 'NONE')"""
    )
    source = states["Run"]["Arguments"]["Input"]["inputUri"]
    folder = jsonata.Jsonata.jsonata(source[2:-2]).evaluate(None, {"states": context})
    assert folder == "s3://films/users/monday/"
