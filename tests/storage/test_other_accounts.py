"""Buckets and keys of another account: their policies let in who uses them."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_personalize_batch import (
    BatchInferenceJob,
    BatchInferenceWorkflow,
    BatchStorage,
    JobInput,
    JobOutput,
    SolutionVersion,
)
from tests.support.synth.values import as_list
from tests.support.synth.warnings import warnings_of

HERE, THERE, REGION = "222222222222", "111111111111", "eu-west-1"
VERSION = f"arn:aws:personalize:{REGION}:{HERE}:solution/films/1"
KEY = f"arn:aws:kms:{REGION}:{THERE}:key/0f1e2d3c"
ACCOUNT = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":iam::{HERE}:root"]]}


@pytest.fixture
def app() -> cdk.App:
    return cdk.App(builtin_cloud_formation_validation=False)


def make_stack(app: cdk.App, name: str, account: str | None) -> cdk.Stack:
    return cdk.Stack(app, name, env=cdk.Environment(account=account, region=REGION))


def bucket_there(app: cdk.App) -> s3.Bucket:
    stack = make_stack(app, "There", THERE)
    return s3.Bucket(stack, "Bucket", bucket_name=cdk.PhysicalName.GENERATE_IF_NEEDED)


def make_job(stack: cdk.Stack, job_input: JobInput, **options: Any) -> BatchInferenceJob:
    version = SolutionVersion.from_arn(VERSION)
    return BatchInferenceJob(
        stack, "Batch", solution_version=version, job_input=job_input, **options
    )


def let_in(app: cdk.App) -> set[str]:
    """The actions that the other account's bucket allows this account."""
    template = app.synth().get_stack_by_name("There").template
    (policy,) = (
        one["Properties"]["PolicyDocument"]
        for one in template["Resources"].values()
        if one["Type"] == "AWS::S3::BucketPolicy"
    )
    return {
        action
        for one in policy["Statement"]
        if one.get("Principal", {}) != "*" and ACCOUNT in as_list(one["Principal"].get("AWS"))
        for action in as_list(one["Action"])
    }


@pytest.mark.aws("a bucket of another account")
def test_a_bucket_lets_the_role_and_the_function_read(app: cdk.App) -> None:
    job_input = JobInput.from_bucket(bucket_there(app), prefix="a/")
    make_job(make_stack(app, "Here", HERE), job_input, preflight=True)
    assert let_in(app) == {"s3:GetObject", "s3:ListBucket"}


@pytest.mark.aws("a bucket of another account")
def test_a_bucket_lets_the_role_write_and_the_function_copy(app: cdk.App) -> None:
    here, bucket = make_stack(app, "Here", HERE), bucket_there(app)
    storage = BatchStorage(here, "Storage", input_bucket=bucket)
    make_job(here, JobInput.from_records([{"userId": "1"}]), storage=storage)
    assert let_in(app) == {"s3:GetObject", "s3:ListBucket", "s3:PutObject"}


@pytest.mark.aws("a bucket of another account")
def test_a_bucket_lets_the_function_for_shards_work(app: cdk.App) -> None:
    here = make_stack(app, "Here", HERE)
    BatchInferenceWorkflow(
        here,
        "Nightly",
        solution_version=SolutionVersion.from_arn(VERSION),
        job_input=JobInput.from_s3_uri("s3://films/users/"),
        job_output=JobOutput.to_bucket(bucket_there(app)),
    )
    assert let_in(app) >= {
        "s3:GetObject",
        "s3:PutObject",
        "s3:AbortMultipartUpload",
        "s3:ListBucketMultipartUploads",
    }


@pytest.mark.aws("a bucket of another account")
@pytest.mark.parametrize("here", [HERE, None])
def test_warns_for_role_and_function_where_the_policy_cannot_be_changed(
    app: cdk.App, here: str | None
) -> None:
    stack = make_stack(app, "Here", here)
    bucket = s3.Bucket.from_bucket_attributes(
        stack, "Bucket", bucket_name="films", account=THERE, region=REGION
    )
    make_job(stack, JobInput.from_bucket(bucket, prefix="a/"))
    texts = [text for _, text in warnings_of(stack)]
    account = here or "ACCOUNT"
    for action in ("s3:GetObject", "s3:ListBucket"):
        (text,) = (one for one in texts if action in one)
        assert f'"AWS": "arn:aws:iam::{account}:root"' in text
        assert '"Service": "personalize.amazonaws.com"' in text


@pytest.mark.aws("a key of another account")
def test_warns_for_a_key_of_another_account(app: cdk.App) -> None:
    stack = make_stack(app, "Here", HERE)
    key = kms.Key.from_key_arn(stack, "Key", KEY)
    bucket = s3.Bucket.from_bucket_attributes(stack, "Bucket", bucket_name="films", account=THERE)
    make_job(stack, JobInput.from_bucket(bucket, prefix="a/", kms_key=key))
    (text,) = (text for _, text in warnings_of(stack) if "kms:Decrypt" in text)
    assert f'"AWS": "arn:aws:iam::{HERE}:root"' in text


@pytest.mark.parametrize("here", [HERE, None])
def test_in_one_account_the_account_is_in_no_bucket_policy(app: cdk.App, here: str | None) -> None:
    stack = make_stack(app, "Here", here)
    bucket = s3.Bucket(stack, "Bucket")
    make_job(stack, JobInput.from_bucket(bucket, prefix="a/"))
    imported = s3.Bucket.from_bucket_name(stack, "Imported", "films")
    storage = BatchStorage(stack, "Other", input_bucket=imported)
    BatchInferenceJob(
        stack,
        "FromImported",
        solution_version=SolutionVersion.from_arn(VERSION),
        job_input=JobInput.from_bucket(imported, prefix="a/"),
        storage=storage,
    )
    assert ":root" not in "".join(text for _, text in warnings_of(stack))
    policies = [
        one["Properties"]["PolicyDocument"]
        for one in app.synth().get_stack_by_name("Here").template["Resources"].values()
        if one["Type"] == "AWS::S3::BucketPolicy"
    ]
    assert ":root" not in str(policies)
