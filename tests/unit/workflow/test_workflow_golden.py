"""The definitions as they were committed; run this file with --update-golden to write them anew."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cdk_personalize_batch._arrival_definition import arrival_definition, success_definition
from cdk_personalize_batch._workflow_definition import workflow_definition

HERE = Path(__file__).parent
GOLDEN = HERE.parents[1] / "golden"
TARGET = "arn:aws:states:eu-west-1:123456789012:stateMachine:Films"


def definitions() -> dict[str, dict[str, Any]]:
    """Every kind of definition that the constructs make."""
    # Not the fixture: this file can be run by itself.
    spec = importlib.util.spec_from_file_location("workflow_facts", HERE / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    solution = f"{module.PERSONALIZE}:solution/films"
    return {
        "inference": workflow_definition(module.make_facts()),
        "newest-segment": workflow_definition(
            module.make_facts(
                kind="BatchSegmentJob",
                solution_version_arn=None,
                solution_arn=solution,
                jobs=f"{module.PERSONALIZE}:batch-segment-job/",
                records_per_file=None,
                most_results=5_000_000,
                output_key_arn="arn:aws:kms:eu-west-1:123456789012:key/1",
            )
        ),
        "arrival": arrival_definition(
            partition="aws", machine_arn=TARGET, bucket="in", prefix="users/", quiet_seconds=60
        ),
        "success": success_definition(partition="aws", machine_arn=TARGET),
    }


def text_of(definition: dict[str, Any]) -> str:
    return json.dumps(definition, indent=2) + "\n"


@pytest.mark.parametrize("name", ["inference", "newest-segment", "arrival", "success"])
def test_the_definition_is_the_committed_one(name: str) -> None:
    committed = (GOLDEN / f"{name}.asl.json").read_text(encoding="utf-8")
    assert text_of(definitions()[name]) == committed, (
        "the definition changed: if on purpose, run "
        "python tests/unit/workflow/test_workflow_golden.py --update-golden"
    )


def test_every_definition_is_a_committed_one() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {
        f"{name}.asl.json" for name in definitions()
    }


def lint(definitions: dict[str, dict[str, Any]], folder: Path) -> str:
    """What cfn-lint, which knows the schema of the language, has to say."""
    machines = {
        f"Machine{number}": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "RoleArn": "arn:aws:iam::123456789012:role/states",
                "Definition": definition,
            },
        }
        for number, definition in enumerate(definitions.values())
    }
    path = folder / "template.json"
    path.write_text(json.dumps({"Resources": machines}), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("cfn-lint")), "-r", "us-east-1", "-t", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout + done.stderr


def test_the_definitions_are_well_formed(tmp_path: Path) -> None:
    assert lint(definitions(), tmp_path) == ""
    broken = definitions()["success"]
    del broken["States"]["StartRun"]["Resource"]
    assert "'Resource' is a required property" in lint({"broken": broken}, tmp_path)


if __name__ == "__main__":
    if sys.argv[1:] != ["--update-golden"]:
        sys.exit("usage: python tests/unit/workflow/test_workflow_golden.py --update-golden")
    for name, definition in definitions().items():
        (GOLDEN / f"{name}.asl.json").write_text(text_of(definition), encoding="utf-8")
