"""The stacks that scanners look at: one for each way in which people use the library."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_personalize_batch import (
    BatchInferenceJob,
    BatchInferenceWorkflow,
    BatchRuntime,
    BatchSegmentJob,
    BatchStorage,
    JobInput,
    SolutionVersion,
)

ACCOUNT = "arn:aws:personalize:eu-west-1:123456789012"
VERSION = SolutionVersion.from_arn(f"{ACCOUNT}:solution/films/a1b2c3")
USERS = JobInput.from_records([{"userId": "1"}])


def default(stack: cdk.Stack) -> None:
    BatchInferenceJob(stack, "Batch", solution_version=VERSION, job_input=USERS)


def keyed(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key", enable_key_rotation=True)
    BatchInferenceJob(
        stack,
        "Batch",
        solution_version=VERSION,
        job_input=USERS,
        storage=BatchStorage(stack, "Storage", encryption_key=key),
    )


def waiting(stack: cdk.Stack) -> None:
    for construct, name in ((BatchInferenceJob, "Batch"), (BatchSegmentJob, "Segment")):
        construct(
            stack,
            name,
            solution_version=SolutionVersion.latest(f"{ACCOUNT}:solution/films"),
            job_input=USERS,
            wait_up_to=cdk.Duration.hours(1),
        )


def own(stack: cdk.Stack) -> None:
    """Everything is the user's own: role, bucket for both sides, key, network."""
    network = ec2.Vpc.from_vpc_attributes(
        stack,
        "Network",
        vpc_id="vpc-12345678",
        availability_zones=["eu-west-1a"],
        private_subnet_ids=["subnet-12345678"],
    )
    BatchRuntime.configure(stack, vpc=network)
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:eu-west-1:123456789012:key/one")
    bucket = s3.Bucket.from_bucket_attributes(
        stack, "Films", bucket_name="films", encryption_key=key
    )
    role = iam.Role.from_role_arn(stack, "Mine", "arn:aws:iam::123456789012:role/mine")
    storage = BatchStorage(
        stack, "Storage", role=role, input_bucket=bucket, output_bucket=bucket, encryption_key=key
    )
    BatchInferenceJob(
        stack,
        "Batch",
        solution_version=VERSION,
        job_input=JobInput.from_bucket(bucket, prefix="in/"),
        storage=storage,
    )


def workflow(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key", enable_key_rotation=True)
    BatchInferenceWorkflow(
        stack,
        "Nightly",
        solution_version=SolutionVersion.latest(f"{ACCOUNT}:solution/films"),
        job_input=JobInput.from_s3_uri("s3://films/in/"),
        storage=BatchStorage(stack, "Storage", encryption_key=key),
    )


JOBS = {"default": default, "keyed": keyed, "waiting": waiting, "own": own}
TEMPLATES = {**JOBS, "workflow": workflow}
