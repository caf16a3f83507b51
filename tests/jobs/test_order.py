"""One job after another, and what CloudFormation could not make."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_personalize_batch import BatchStorage, JobInput, ValidationError
from tests.support.synth.circles import circle
from tests.support.synth.synth import Synth

JOB = "Custom::PersonalizeBatchInferenceJob"


def arguments(synth: Synth, *, shared: bool) -> dict[str, Any]:
    return {"storage": BatchStorage(synth.stack, "Storage")} if shared else {}


def needed(synth: Synth, name: str) -> set[str]:
    """What the job waits for."""
    (resource,) = (one for key, one in synth.resources(JOB).items() if key.startswith(name))
    return set(resource["DependsOn"])


@pytest.mark.aws("jobs that are a circle")
@pytest.mark.parametrize("shared", [True, False])
def test_a_job_runs_after_another_one(synth: Synth, shared: bool) -> None:
    given = arguments(synth, shared=shared)
    first = synth.job("First", **given)
    synth.job("Second", **given).run_after(first)
    assert circle(synth.template) == []
    assert any(name.startswith("First") for name in needed(synth, "Second"))
    assert not any(name.startswith("Second") for name in needed(synth, "First"))


def test_a_job_runs_after_the_end_of_one_that_is_waited_for(synth: Synth) -> None:
    first = synth.job("First", wait_up_to=cdk.Duration.hours(1))
    synth.job("Second").run_after(first)
    assert circle(synth.template) == []
    (condition,) = synth.resources("AWS::CloudFormation::WaitCondition")
    assert condition in needed(synth, "Second")


def test_a_job_runs_after_what_writes_its_input(synth: Synth) -> None:
    job = synth.job()
    writer = cdk.CfnResource(
        synth.stack,
        "Writer",
        type="Custom::Writer",
        properties={"Bucket": job.input_bucket.bucket_name},
    )
    job.run_after(writer)
    assert circle(synth.template) == []
    assert "Writer" in needed(synth, "Batch")


def test_several_jobs_run_one_after_another(synth: Synth) -> None:
    jobs = [synth.job(f"Job{number}") for number in range(4)]
    jobs[1].run_after(jobs[0])
    jobs[3].run_after(jobs[1], jobs[2])
    jobs[2].run_after(jobs[1])
    assert circle(synth.template) == []


def test_a_job_of_another_stack_is_there_first(synth: Synth) -> None:
    other = cdk.Stack(synth.app, "Other")
    first = synth.job("First", scope=other)
    synth.job("Second").run_after(first)
    assert circle(synth.template) == []
    assert [one.node.id for one in synth.stack.dependencies] == ["Other"]


def test_fails_when_jobs_wait_for_each_other(synth: Synth) -> None:
    first, second, third = (synth.job(name) for name in ("First", "Second", "Third"))
    second.run_after(first)
    third.run_after(second)
    with pytest.raises(ValidationError) as caught:
        first.run_after(third)
    assert str(caught.value) == (
        "[Films/First] run_after makes a circle: Films/First after Films/Third after Films/Second "
        "after Films/First; leave one of them out"
    )
    with pytest.raises(ValidationError, match="Films/First after Films/First; leave"):
        first.run_after(first)


@pytest.mark.aws("jobs that are a circle")
def test_fails_when_the_storage_of_a_job_would_wait_for_another_job(synth: Synth) -> None:
    first = synth.job("First")
    synth.job("Second").node.add_dependency(first)
    with pytest.raises(
        Exception, match=r"\[Films/Second\] it has a storage of its own .* run_after"
    ):
        synth.app.synth()


def test_a_dependency_that_is_no_circle_is_taken(synth: Synth) -> None:
    storage = BatchStorage(synth.stack, "Storage")
    films = s3.Bucket.from_bucket_name(synth.stack, "Source", "films")
    users = JobInput.from_bucket(films, prefix="in/")
    first = synth.job("First", storage=storage, job_input=users)
    synth.job("Second", storage=storage, job_input=users).node.add_dependency(first)
    other = synth.job("Other", scope=cdk.Stack(synth.app, "Elsewhere"))
    other.node.add_dependency(first)
    Construct(synth.stack, "Anything").node.add_dependency(first)
    assert circle(synth.template) == []


@pytest.mark.aws("jobs that are a circle")
@pytest.mark.parametrize("rest", ["", "users/"])
def test_fails_when_the_input_is_the_output_of_another_job(synth: Synth, rest: str) -> None:
    first = synth.job("First")
    with pytest.raises(ValidationError) as caught:
        synth.job("Second", job_input=JobInput.from_s3_uri(f"{first.output_uri}{rest}"))
    assert str(caught.value) == (
        "[Films/Second] job_input is in the output of Films/First, whose lines are results and not "
        "records, and which CloudFormation would have to know before it makes the job; give "
        "records, and write run_after(…) where this job has to come later"
    )
