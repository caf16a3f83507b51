"""A job's name is taken once in a stack, and what it begins with once in an app."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_personalize_batch import (
    BatchSegmentJob,
    BatchStorage,
    JobInput,
    SolutionVersion,
    ValidationError,
)
from tests.support.synth.synth import Synth

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


def readable(synth: Synth, paths: Sequence[str]) -> list[str]:
    """The folder that a reader of each job may read, with jobs on one storage."""
    storage = BatchStorage(synth.stack, "Storage")
    for number, path in enumerate(paths):
        scope: Construct = synth.stack
        *outer, last = path.split("/")
        for part in outer:
            scope = Construct(scope, part)
        job = synth.job(last, scope=scope, storage=storage)
        reader = iam.Role(synth.stack, f"Reader{number}", assumed_by=iam.AccountRootPrincipal())
        job.grant_read_output(reader)
    return [
        next(
            resource.rpartition(".Arn>/")[2]
            for _, action, resource, _ in synth.statements("AWS::IAM::Policy", f"Reader{number}")
            if action == "s3:GetObject*" and resource.endswith("/*")
        )
        for number in range(len(paths))
    ]


@pytest.mark.aws("a reader of a job reads another one")
@pytest.mark.parametrize(
    "paths",
    [
        ("a b", "a-b"),
        ("東京", "大阪"),
        ("acme.com", "acme-com"),
        ("Team/Batch", "Team-Batch"),
        ("Team-Batch", "Team/Batch"),
        ("Batch", "Batch."),
        (f"A{'x' * 60}", f"B{'x' * 60}"),
        ("Batch", "Batch-0123456789ab"),
    ],
)
def test_a_reader_of_a_job_reads_no_other_job(synth: Synth, paths: tuple[str, str]) -> None:
    first, second = readable(synth, paths)
    made = [re.sub(r"\?+/\*", "0123456789ab/users.json.out", one) for one in (first, second)]
    assert fnmatchcase(made[0], first)
    assert not fnmatchcase(made[0], second)
    assert not fnmatchcase(made[1], first)


def test_another_app_has_slugs_of_its_own() -> None:
    names = set()
    for _ in range(2):
        synth = Synth()
        synth.job()
        names.add(synth.only("Custom::PersonalizeBatchInferenceJob")["JobNamePrefix"])
    assert names == {"Films-Batch"}
