"""A stack with more jobs of a kind than Amazon Personalize runs at a time."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from cdk_personalize_batch import BatchSegmentJob, BatchStorage, JobInput, SolutionVersion
from tests.support.synth.synth import Synth, synthesized
from tests.support.synth.warnings import warnings_of

INFERENCE = "Custom::PersonalizeBatchInferenceJob"
SOLUTION = "arn:aws:personalize:eu-west-1:123456789012:solution/films"
SEGMENT = "Custom::PersonalizeBatchSegmentJob"


def add_jobs(synth: Synth, count: int, **options: Any) -> list[Any]:
    storage = BatchStorage(synth.stack, "Storage")
    return [synth.job(f"Job{number}", storage=storage, **options) for number in range(count)]


def times(synth: Synth, kind: str) -> set[tuple[str, str | None]]:
    return {
        (str(one["Properties"]["ServiceTimeout"]), one["Properties"].get("WaitForRoom"))
        for one in synth.resources(kind).values()
    }


def actions(synth: Synth) -> set[str]:
    document = synth.only("AWS::IAM::Policy", "PersonalizeBatchRuntime")["PolicyDocument"]
    found = [one["Action"] for one in document["Statement"]]
    return {name for one in found for name in ([one] if isinstance(one, str) else one)}


def warnings(synth: Synth) -> list[str]:
    # Validations run at synth.
    synthesized(synth.stack)
    return [text for _, text in warnings_of(synth.stack) if "at the same time" in text]


@pytest.mark.aws("a sixth job")
def test_five_jobs_need_no_patience(synth: Synth) -> None:
    add_jobs(synth, 5)
    assert times(synth, INFERENCE) == {("900", None)}
    assert "lambda:InvokeFunction" not in actions(synth)
    assert synth.only("AWS::Lambda::Function")["Timeout"] == 600


@pytest.mark.aws("a sixth job")
def test_with_the_sixth_job_all_wait_for_room(synth: Synth) -> None:
    add_jobs(synth, 6)
    assert times(synth, INFERENCE) == {("3600", "3300")}
    assert "lambda:InvokeFunction" in actions(synth)
    assert synth.only("AWS::Lambda::Function")["Timeout"] == 900


def test_each_kind_has_a_quota_of_its_own(synth: Synth) -> None:
    storage = BatchStorage(synth.stack, "Storage")
    for number in range(6):
        synth.job(f"Job{number}", storage=storage)
    for number in range(5):
        BatchSegmentJob(
            synth.stack,
            f"Segment{number}",
            solution_version=SolutionVersion.from_arn(f"{SOLUTION}/1"),
            job_input=JobInput.from_records([{"itemId": "1"}]),
            storage=storage,
        )
    assert times(synth, INFERENCE) == {("3600", "3300")}
    assert times(synth, SEGMENT) == {("900", None)}


def test_the_function_looks_at_its_own_stack_alone(synth: Synth) -> None:
    synth.job()
    document = synth.only("AWS::IAM::Policy", "PersonalizeBatchRuntime")["PolicyDocument"]
    looks = [one for one in document["Statement"] if "cloudformation" in str(one["Action"])]
    assert [one["Resource"] for one in looks] == [{"Ref": "AWS::StackId"}]


@pytest.mark.parametrize(("count", "expected"), [(10, 0), (11, 1)])
def test_warns_of_more_jobs_than_can_be_waited_for(synth: Synth, count: int, expected: int) -> None:
    add_jobs(synth, count)
    assert len(warnings(synth)) == expected


def test_jobs_that_come_after_the_end_of_others_are_counted_apart(synth: Synth) -> None:
    jobs = add_jobs(synth, 20, wait_up_to=cdk.Duration.hours(1))
    for job in jobs[10:]:
        job.run_after(*jobs[:10])
    assert warnings(synth) == []


def test_jobs_that_come_after_the_start_of_others_are_not(synth: Synth) -> None:
    jobs = add_jobs(synth, 11)
    jobs[10].run_after(*jobs[:10])
    assert len(warnings(synth)) == 1
