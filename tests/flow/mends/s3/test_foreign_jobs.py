"""Jobs whose buckets are another account's: role and service both need the bucket's policy."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3

from cdk_personalize_batch import BatchInferenceJob, JobInput, JobOutput, SolutionVersion
from personalize_local.catalog import solutions
from personalize_local.host.environment import ACCOUNT
from tests.support.flow.accounts import OTHER
from tests.support.flow.running_aws import RunningAws
from tests.support.synth.warnings import warnings_of
from tests.support.waiting import wait_for

STATEMENT = re.compile(r"has this statement: (\{.*\})")
SERVICE = {"Service": "personalize.amazonaws.com"}
VERSION = next(
    one.arn
    for one in solutions.solution_versions(ACCOUNT, "us-east-1")
    if one.recipe.name == "aws-user-personalization-v2"
)


def run(
    aws: RunningAws, *principals: str, statements_for: Callable[[str], list[Any]] | None = None
) -> dict[str, Any]:
    """A job in a bucket of another account, which allows these principals; when it has ended."""
    root = {"AccessKeyId": OTHER, "SecretAccessKey": "test", "SessionToken": ""}
    s3, bucket = aws.client("s3", root), f"flow-{uuid.uuid4().hex[:8]}"
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": resources}
    role = aws.create_role("personalize", allowed)
    named = {"role": {"AWS": role}, "service": SERVICE}
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="in/users.json", Body=b'{"userId": "1"}\n')
    # Its owner, in any case.
    statements = [{**allowed, "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"}}]
    statements += [{**allowed, "Principal": named[one]} for one in principals]
    statements += statements_for(bucket) if statements_for else []
    s3.put_bucket_policy(Bucket=bucket, Policy=aws.policy(*statements))
    personalize = aws.client("personalize")
    arn = personalize.create_batch_inference_job(
        jobName=bucket,
        solutionVersionArn=VERSION,
        roleArn=role,
        jobInput={"s3DataSource": {"path": f"s3://{bucket}/in/users.json"}},
        jobOutput={"s3DataDestination": {"path": f"s3://{bucket}/out/Films-Batch-0123456789ab/"}},
    )["batchInferenceJobArn"]

    def describe() -> dict[str, Any]:
        answer = personalize.describe_batch_inference_job(batchInferenceJobArn=arn)
        return dict(answer["batchInferenceJob"])

    return wait_for(describe, lambda job: job["status"] in ("ACTIVE", "CREATE FAILED"))


@pytest.mark.parametrize("principals", [(), ("role",), ("service",)])
def test_one_that_the_bucket_allows_half_fails(
    local_aws: RunningAws, principals: tuple[str, ...]
) -> None:
    job = run(local_aws, *principals)
    assert job["status"] == "CREATE FAILED", job
    assert "denied" in job["failureReason"].lower() or "Insufficient" in job["failureReason"]


def test_one_that_the_bucket_allows_runs(local_aws: RunningAws) -> None:
    job = run(local_aws, "role", "service")
    assert job["status"] == "ACTIVE", job


def warned(name: str) -> list[Any]:
    """The statements that the warnings of a job in such a bucket have."""
    environment = cdk.Environment(account=ACCOUNT, region="us-east-1")
    stack = cdk.Stack(cdk.App(builtin_cloud_formation_validation=False), "Films", env=environment)
    bucket = aws_s3.Bucket.from_bucket_attributes(
        stack, "Theirs", bucket_name=name, account=OTHER, region="us-east-1"
    )
    BatchInferenceJob(
        stack,
        "Batch",
        solution_version=SolutionVersion.from_arn(VERSION),
        job_input=JobInput.from_bucket(bucket, prefix="in/"),
        job_output=JobOutput.to_bucket(bucket, prefix="out/"),
    )
    found = [STATEMENT.search(text) for _, text in warnings_of(stack)]
    return [json.loads(one.group(1)) for one in found if one is not None]


@pytest.mark.aws("a bucket of another account")
def test_one_whose_bucket_has_the_statements_of_the_warnings_runs(local_aws: RunningAws) -> None:
    job = run(local_aws, statements_for=warned)
    assert job["status"] == "ACTIVE", job
