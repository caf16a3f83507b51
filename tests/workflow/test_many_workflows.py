"""Many workflows in one stack: what AWS bounds, and what it wants to be unique."""

from __future__ import annotations

import json

import pytest
from aws_cdk import aws_s3 as s3

from cdk_personalize_batch import BatchStorage, JobInput, JobOutput
from tests.support.synth.sizes import inline_of_roles, largest
from tests.support.synth.synth import Synth
from tests.support.synth.workflows import make


@pytest.fixture(params=[True, False], ids=["one storage", "a storage each"])
def many(synth: Synth, request: pytest.FixtureRequest) -> Synth:
    """A stack of 60 workflows."""
    add_60(synth, BatchStorage(synth.stack, "Storage") if request.param else None)
    return synth


def add_60(synth: Synth, storage: BatchStorage | None) -> None:
    for number in range(60):
        job_input = JobInput.from_s3_uri(f"s3://films-input/users-{number}/")
        make(synth, f"Workflow{number}", job_input=job_input, storage=storage)


@pytest.mark.aws("a policy that outgrows IAM")
def test_the_policies_of_60_workflows_fit(many: Synth) -> None:
    assert max(inline_of_roles(many).values()) <= 10_240
    assert largest(many, "AWS::IAM::ManagedPolicy") <= 6_144


@pytest.mark.aws("a bucket policy that outgrows S3")
def test_the_bucket_policies_of_60_workflows_with_one_storage_fit(synth: Synth) -> None:
    add_60(synth, BatchStorage(synth.stack, "Storage"))
    assert largest(synth, "AWS::S3::BucketPolicy") <= 20_480


@pytest.mark.aws("a template that outgrows CloudFormation")
def test_the_template_of_60_workflows_fits(many: Synth) -> None:
    assert len(many.template["Resources"]) <= 500
    # As the CDK writes it.
    assert len(json.dumps(many.template, indent=1)) <= 1_000_000


@pytest.mark.aws("lifecycle rules with one id")
def test_the_lifecycle_rules_of_two_workflows_have_ids_of_their_own(synth: Synth) -> None:
    bucket = s3.Bucket(synth.stack, "Films")
    for name in ("a b", "a-b"):
        make(synth, name, job_output=JobOutput.to_bucket(bucket))
    rules = synth.only("AWS::S3::Bucket", "Films")["LifecycleConfiguration"]["Rules"]
    ids = [rule["Id"] for rule in rules]
    assert len(ids) == len(set(ids)) == 2
