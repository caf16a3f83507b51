"""The file of a definition, and what CloudFormation puts into it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdk_personalize_batch.functions.definition_file import definition_file
from tests.support.synth.synth import Synth
from tests.support.synth.workflows import make

REGION = {"AWS::Region": "eu-west-1"}
HOSTILE = ("${personalizeBatch0}", "$", "${", "$${x}", "\u0024{x}", "日本", "\U0001f600", '"\\')


def completed(scope: cdk.Stack, definition: dict[str, Any], values: dict[str, str]) -> Any:
    """The definition with its substitutions, made again and again as CloudFormation does."""
    path, substitutions = definition_file(scope, definition)
    text = Path(path).read_bytes().decode("ascii")
    for _ in range(9):
        for name, token in substitutions.items():
            found = scope.resolve(token)
            text = text.replace(f"${{{name}}}", values[found["Ref"]])
    return json.loads(text)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(HOSTILE) | st.text())
def test_text_arrives_as_it_was_given(synth: Synth, text: str) -> None:
    definition = {"Comment": text, "States": {text: [f"{text}{cdk.Aws.REGION}{text}"]}}
    made = completed(synth.stack, definition, {"AWS::Region": "{x}"})
    assert made == {"Comment": text, "States": {text: [f"{text}{{x}}{text}"]}}


def test_a_number_that_only_the_deployment_knows_is_one(synth: Synth) -> None:
    number = cdk.CfnParameter(synth.stack, "Number", type="Number").value_as_number
    made = completed(
        synth.stack, {"Most": number, "Text": cdk.Aws.REGION}, {"Number": "7"} | REGION
    )
    assert made == {"Most": 7, "Text": "eu-west-1"}


def test_each_value_is_there_once(synth: Synth) -> None:
    file = definition_file(synth.stack, {"a": [cdk.Aws.REGION] * 3, "b": cdk.Aws.ACCOUNT_ID})
    assert len(file.substitutions) == 2


def test_definitions_that_are_the_same_are_one_file(synth: Synth) -> None:
    files = [
        definition_file(synth.stack, {"Queue": cdk.CfnParameter(synth.stack, name).value_as_string})
        for name in ("First", "Second")
    ]
    assert files[0].path == files[1].path


@pytest.mark.aws("a template that outgrows CloudFormation")
def test_a_further_workflow_adds_little_to_the_template() -> None:
    sizes = []
    for count in (2, 3):
        synth = Synth()
        for number in range(count):
            make(synth, f"Workflow{number}")
        sizes.append(len(json.dumps(synth.template)))
    assert sizes[1] - sizes[0] <= 9_000
