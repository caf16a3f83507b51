"""What a job hands to other stacks."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from cdk_personalize_batch import BatchInferenceJob
from tests.support.synth.synth import Synth
from tests.support.synth.warnings import warnings_of

HAS_WEAK_REFERENCES = hasattr(cdk, "CrossStackReferences")
ATTRIBUTES = ["job_arn", "job_name", "output_uri", "solution_version_arn"]


def consumed(attribute: str, run_key: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The outputs of the job's stack, and those of another one that reads an attribute."""
    synth = Synth()
    job = synth.job(run_key=run_key)
    other = cdk.Stack(synth.app, "Other")
    cdk.CfnOutput(other, "Seen", value=getattr(job, attribute))
    assembly = synth.app.synth()
    made, reading = (assembly.get_stack_by_name(name).template for name in ("Films", "Other"))
    assert warnings_of(synth.stack) == []
    return made["Outputs"], reading["Outputs"]


@pytest.mark.aws("an export that a new run changes")
@pytest.mark.skipif(not HAS_WEAK_REFERENCES, reason="needs aws-cdk-lib 2.258")
@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_a_new_run_changes_no_export_and_the_other_stack_too(attribute: str) -> None:
    first, second, again = (consumed(attribute, run) for run in ("one", "two", "one"))
    assert first == again
    assert not any("Export" in output for made in (first, second) for output in made[0].values())
    # No output has another value than before: those of each run have names of their own, and the
    # CLI deploys the other stack because its template has changed.
    assert not first[0].keys() & second[0].keys()
    assert first[1] != second[1]
    for made, reading in (first, second):
        asked = reading["Seen"]["Value"]["Fn::GetStackOutput"]
        assert asked["StackName"] == "Films"
        assert asked["OutputName"] in made


@pytest.mark.aws("an export that a new run changes")
def test_stacks_of_one_parent_need_no_export(synth: Synth) -> None:
    inside = cdk.NestedStack(synth.stack, "Inside")
    job = synth.job(scope=inside)
    beside = cdk.NestedStack(synth.stack, "Beside")
    cdk.CfnOutput(beside, "Seen", value=job.job_arn)
    cdk.CfnOutput(synth.stack, "Above", value=job.output_uri)
    assert not any("Export" in output for output in synth.template["Outputs"].values())
    assert warnings_of(job) == []


def read_elsewhere(synth: Synth, scope: cdk.Stack) -> tuple[BatchInferenceJob, bool]:
    """A job that another stack reads, and whether there is an export."""
    job = synth.job(scope=scope)
    cdk.CfnOutput(cdk.Stack(synth.app, "Other"), "Seen", value=job.job_arn)
    found = synth.template.get("Outputs", {}).values()
    return job, any("Export" in output for output in found)


@pytest.mark.aws("an export that a new run changes")
@pytest.mark.parametrize("is_nested", [False, True])
def test_warns_where_the_cdk_makes_an_export(
    synth: Synth, monkeypatch: pytest.MonkeyPatch, *, is_nested: bool
) -> None:
    # As in versions before 2.258.
    monkeypatch.delattr(cdk, "CrossStackReferences", raising=False)
    scope = cdk.NestedStack(synth.stack, "Inside") if is_nested else synth.stack
    job, is_exported = read_elsewhere(synth, scope)
    assert is_exported
    ((_, warning),) = warnings_of(job)
    assert warning.startswith("another stack imports a value of this job that the next run changes")


@pytest.mark.aws("an export that a new run changes")
def test_a_nested_stack_is_read_from_elsewhere_without_an_export_or_with_a_warning(
    synth: Synth,
) -> None:
    job, is_exported = read_elsewhere(synth, cdk.NestedStack(synth.stack, "Inside"))
    assert bool(warnings_of(job)) is is_exported
