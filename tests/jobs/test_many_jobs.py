"""Many jobs in one stack: policies stay within the limits of IAM and S3."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from cdk_personalize_batch import (
    BatchStorage,
    JobInput,
    JobOutput,
    SolutionVersion,
    ValidationError,
)
from tests.support.synth.sizes import inline_of_roles, largest, length
from tests.support.synth.synth import Synth

ARN = "arn:aws:personalize:eu-west-1:123456789012:solution"


def add_jobs(synth: Synth, prefixes: Iterable[str]) -> None:
    """Jobs on one input bucket with a folder each, and on one storage."""
    bucket, storage = s3.Bucket(synth.stack, "Films"), BatchStorage(synth.stack, "Storage")
    for number, prefix in enumerate(prefixes):
        job_input = JobInput.from_bucket(bucket, prefix=prefix)
        synth.job(f"Job{number}", job_input=job_input, storage=storage)


def assert_policies_fit(synth: Synth) -> None:
    assert max(inline_of_roles(synth).values()) <= 10_240
    assert largest(synth, "AWS::IAM::ManagedPolicy") <= 6_144
    assert largest(synth, "AWS::S3::BucketPolicy") <= 20_480


@pytest.mark.parametrize("shared", [True, False], ids=["one storage", "a storage each"])
def test_the_policies_of_60_jobs_fit(synth: Synth, shared: bool) -> None:
    storage = BatchStorage(synth.stack, "Storage") if shared else None
    for number in range(60):
        synth.job(
            f"Job{number}",
            solution_version=SolutionVersion.from_arn(f"{ARN}/solution-number-{number}/0123abcd"),
            job_input=JobInput.from_records([{"userId": str(number)}]),
            storage=storage,
        )
    assert max(inline_of_roles(synth).values()) <= 10_240
    managed = synth.resources("AWS::IAM::ManagedPolicy")
    assert 0 < len(managed) <= 10
    assert largest(synth, "AWS::IAM::ManagedPolicy") <= 6_144
    assert largest(synth, "AWS::S3::BucketPolicy") <= 20_000
    last = synth.resources("Custom::PersonalizeBatchInferenceJob")
    waited = {name for job in last.values() for name in job["DependsOn"]}
    assert set(managed) <= waited


@pytest.mark.aws("a bucket policy that outgrows S3")
def test_the_policy_of_a_bucket_with_100_folders_fits(synth: Synth) -> None:
    add_jobs(synth, (f"folder-number-{number}/" for number in range(100)))
    assert largest(synth, "AWS::S3::BucketPolicy") <= 20_480


@pytest.mark.aws("a policy that outgrows IAM")
def test_the_policies_of_60_jobs_with_long_prefixes_fit(synth: Synth) -> None:
    add_jobs(synth, (f"{'long' * 44}-{number}/" for number in range(60)))
    assert_policies_fit(synth)


def test_the_same_reference_is_allowed_once(synth: Synth) -> None:
    version = cdk.CfnParameter(synth.stack, "Version")
    storage = BatchStorage(synth.stack, "Storage")
    for number in range(3):
        synth.job(
            f"Job{number}",
            solution_version=SolutionVersion.from_arn(version.value_as_string),
            storage=storage,
        )
    document = synth.only("AWS::IAM::Policy", "PersonalizeBatchRuntime")["PolicyDocument"]
    resources = {
        str(statement["Action"]): statement["Resource"] for statement in document["Statement"]
    }
    assert len(resources["personalize:CreateBatchInferenceJob"]) == 3
    assert len(resources["personalize:DescribeSolutionVersion"]) == 2
    assert isinstance(resources["s3:GetObject"], dict)


@pytest.mark.aws("a policy that outgrows IAM")
def test_the_policies_of_100_jobs_with_prefixes_of_180_characters_fit(synth: Synth) -> None:
    add_jobs(synth, (f"{number:04}{'x' * 175}/" for number in range(100)))
    assert_policies_fit(synth)
    attached = Counter(
        synth.text(role)
        for policy in synth.resources("AWS::IAM::ManagedPolicy").values()
        for role in policy["Properties"]["Roles"]
    )
    assert max(attached.values()) <= 10


@pytest.mark.aws("a bucket policy that outgrows S3")
def test_ten_folders_have_patterns_and_the_next_one_that_of_the_bucket(synth: Synth) -> None:
    # One that has a pattern keeps it, without another one.
    add_jobs(synth, (f"in/{number}/" for number in (*range(11), 0)))
    found = {
        resource.partition("/")[2]
        for _, action, resource, _ in synth.statements("AWS::S3::BucketPolicy", "FilmsPolicy")
        if action == "s3:GetObject"
    }
    assert found == {f"in/{number}/*" for number in range(10)} | {"*"}


@pytest.mark.aws("a policy that outgrows IAM")
def test_more_policies_than_a_role_can_have_are_refused(synth: Synth) -> None:
    storage = BatchStorage(synth.stack, "Storage")

    def add_600() -> None:
        for number in range(600):
            bucket = s3.Bucket.from_bucket_name(synth.stack, f"B{number}", f"films-{number}")
            job_input = JobInput.from_bucket(bucket, prefix=f"{'x' * 180}/")
            synth.job(f"Job{number}", job_input=job_input, storage=storage)

    with pytest.raises(ValidationError, match="would need more than 10 managed policies of 6,144"):
        add_600()


@pytest.mark.aws("a policy that outgrows IAM")
@pytest.mark.parametrize("own", [False, True], ids=["shared buckets", "buckets of their own"])
def test_40_stacks_that_use_one_storage_fit_or_are_refused(synth: Synth, own: bool) -> None:
    storage = BatchStorage(synth.stack, "Storage")
    stacks = [cdk.Stack(synth.app, f"Consumer{number}") for number in range(40)]

    def add_40() -> None:
        for stack in stacks:
            prefix = f"{stack.node.id}/"
            bucket = s3.Bucket(stack, "Films") if own else storage.input_bucket
            synth.job(
                scope=stack,
                job_input=JobInput.from_bucket(bucket, prefix=prefix),
                job_output=JobOutput.to_bucket(storage.output_bucket, prefix=prefix),
                storage=storage,
            )

    if own:
        with pytest.raises(ValidationError, match="give this stack a BatchStorage of its own"):
            add_40()
        assert len([stack for stack in stacks if stack.node.children]) > 10
    else:
        add_40()
    sizes: Counter[str] = Counter()
    for stack in synth.app.synth().stacks:
        for policy in stack.template.get("Resources", {}).values():
            if policy["Type"] == "AWS::IAM::Policy":
                for role in policy["Properties"]["Roles"]:
                    whose = str(role) if "Storage" in str(role) else f"{stack.stack_name} {role}"
                    sizes["storage" if "StorageRole" in str(role) else whose] += length(
                        policy["Properties"]["PolicyDocument"]
                    )
    assert sizes["storage"] > 0
    assert max(sizes.values()) <= 10_240
    assert largest(synth, "AWS::S3::BucketPolicy") <= 20_480
