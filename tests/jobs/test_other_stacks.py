"""What a job hands to other stacks."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from tests.support.synth.synth import Synth


def exports(attribute: str, run_key: str) -> dict[str, Any]:
    """The values that a job's stack exports for another stack, by the names of the exports."""
    synth = Synth()
    job = synth.job(run_key=run_key)
    other = cdk.Stack(synth.app, "Other")
    cdk.CfnOutput(other, "Seen", value=getattr(job, attribute))
    outputs = synth.template.get("Outputs", {}).values()
    resources = synth.template["Resources"]
    found = {}
    for output in outputs:
        if "Export" in output:
            # What the value says, and what the resource is asked that it comes from.
            asked = [
                one["Properties"]
                for name, one in resources.items()
                if name in str(output["Value"]) and one["Type"].startswith("Custom::")
            ]
            found[str(output["Export"]["Name"])] = [output["Value"], asked]
    return found


@pytest.mark.aws("an export that a new run changes")
@pytest.mark.xfail(strict=True, raises=AssertionError, reason="an export that a new run changes")
@pytest.mark.parametrize("attribute", ["job_arn", "job_name", "output_uri"])
def test_a_new_run_changes_no_export(attribute: str) -> None:
    assert exports(attribute, "one") == exports(attribute, "two")
