"""The definitions as they were committed; run this file with --update-golden to write them anew."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cdk_personalize_batch.request.kind import INFERENCE, SEGMENT
from cdk_personalize_batch.states.machines.arrival import arrival_definition, success_definition
from cdk_personalize_batch.states.machines.waiter import waiter_definition
from cdk_personalize_batch.states.machines.workflow import workflow_definition
from tests.support.states.facts import PERSONALIZE, make_facts

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
TARGET = "arn:aws:states:eu-west-1:123456789012:stateMachine:Films"


def definitions() -> dict[str, dict[str, Any]]:
    """Every kind of definition that the constructs make."""
    solution = f"{PERSONALIZE}:solution/films"
    return {
        "inference": workflow_definition(make_facts()),
        "newest-segment": workflow_definition(
            make_facts(
                kind=SEGMENT,
                solution_version_arn=None,
                solution_arn=solution,
                jobs=f"{PERSONALIZE}:batch-segment-job/",
                records_per_file=None,
                most_results=5_000_000,
                output_key_arn="arn:aws:kms:eu-west-1:123456789012:key/1",
            )
        ),
        "arrival": arrival_definition(
            partition="aws", machine_arn=TARGET, bucket="in", prefix="users/", quiet_seconds=60
        ),
        "success": success_definition(partition="aws", machine_arn=TARGET),
        "waiter": waiter_definition(
            INFERENCE,
            partition="aws",
            function_arn="arn:aws:lambda:eu-west-1:123456789012:function:job",
        ),
    }


def text_of(definition: dict[str, Any]) -> str:
    return json.dumps(definition, indent=2) + "\n"


@pytest.mark.parametrize("name", ["inference", "newest-segment", "arrival", "success", "waiter"])
def test_the_definition_is_the_committed_one(name: str) -> None:
    committed = (GOLDEN / f"{name}.asl.json").read_text(encoding="utf-8")
    assert text_of(definitions()[name]) == committed, (
        "the definition changed: if on purpose, run "
        "python -m tests.states.test_golden --update-golden"
    )


def test_every_definition_is_a_committed_one() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {
        f"{name}.asl.json" for name in definitions()
    }


def test_the_definitions_are_well_formed(tmp_path: Path) -> None:
    """cfn-lint knows the schema of the language."""
    broken = definitions()["success"]
    del broken["States"]["StartRun"]["Resource"]
    machines = {
        name.replace("-", ""): {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "RoleArn": "arn:aws:iam::123456789012:role/states",
                "Definition": definition,
            },
        }
        for name, definition in {**definitions(), "broken": broken}.items()
    }
    path = tmp_path / "template.json"
    path.write_text(json.dumps({"Resources": machines}), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("cfn-lint")), "-r", "us-east-1"]
    command += ["--format", "json", "-t", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # Only what is wrong is found, so that finding nothing else means something.
    (found,) = json.loads(done.stdout)
    assert found["Location"]["Path"][:2] == ["Resources", "broken"]
    assert "'Resource' is a required property" in found["Message"]


if __name__ == "__main__":
    if sys.argv[1:] != ["--update-golden"]:
        sys.exit("usage: python -m tests.states.test_golden --update-golden")
    for name, definition in definitions().items():
        (GOLDEN / f"{name}.asl.json").write_text(text_of(definition), encoding="utf-8")
