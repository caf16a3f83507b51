"""A job's name is taken once in a stack."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from cdk_personalize_batch import BatchSegmentJob, JobInput, SolutionVersion, ValidationError

# The fixture of conftest.py; test modules cannot import its class.
Synth = Any

SOLUTION = "arn:aws:personalize:eu-west-1:123456789012:solution/films"


def test_fails_when_another_job_of_the_stack_has_the_name(synth: Synth) -> None:
    synth.job("First", job_name="nightly")
    with pytest.raises(ValidationError) as caught:
        synth.job("Second", job_name="nightly")
    assert str(caught.value) == (
        "[Films/Second] job_name 'nightly' is that of Films/First already, and a job's name is "
        "taken for ever; give another one, or leave it out"
    )


def test_a_job_that_was_refused_takes_no_name(synth: Synth) -> None:
    with pytest.raises(ValidationError):
        synth.job("Wrong", job_name="nightly", num_results=0)
    assert synth.job(job_name="nightly").job_name == "nightly"


def test_the_other_kind_and_another_stack_have_names_of_their_own(synth: Synth) -> None:
    synth.job(job_name="nightly")
    other = cdk.Stack(synth.app, "Other")
    synth.job(scope=other, job_name="nightly")
    BatchSegmentJob(
        synth.stack,
        "Segment",
        solution_version=SolutionVersion.from_arn(f"{SOLUTION}/1"),
        job_input=JobInput.from_records([{"itemId": "1"}]),
        job_name="nightly",
    )


def test_jobs_without_a_name_are_not_compared(synth: Synth) -> None:
    synth.job("First")
    synth.job("Second")
