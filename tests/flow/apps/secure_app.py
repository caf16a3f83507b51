"""A stack with every kind of policy that the constructs make.

Each statement is there for one job alone, so that a job without it must fail. The outputs hold the
properties of the jobs' custom resources, as CloudFormation sends them to the function.
"""

from __future__ import annotations

import os
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_personalize_batch import (
    BatchInferenceJob,
    BatchSegmentJob,
    BatchStorage,
    JobInput,
    SolutionVersion,
)

PREFIX = "users/"
WAITING: Any = {
    "wait_up_to": cdk.Duration.seconds(60),
    "poll_interval": cdk.Duration.seconds(1),
}


def main() -> None:
    """Writes the cloud assembly."""
    app = cdk.App(builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, os.environ["STACK"])
    storage = BatchStorage(stack, "Storage", encryption_key=kms.Key(stack, "Key"))
    jobs: list[BatchInferenceJob | BatchSegmentJob] = [
        BatchInferenceJob(
            stack,
            "Uploaded",
            solution_version=SolutionVersion.from_arn(os.environ["INFERENCE_VERSION"]),
            job_input=JobInput.from_records([{"userId": "1"}]),
            storage=storage,
            tags={"team": "films"},
            **WAITING,
        ),
        BatchSegmentJob(
            stack,
            "Segment",
            solution_version=SolutionVersion.from_arn(os.environ["SEGMENT_VERSION"]),
            job_input=JobInput.from_records([{"itemId": "1001"}]),
            storage=storage,
            num_results=5,
            tags={"team": "films"},
            **WAITING,
        ),
        stored_job(stack),
    ]
    for job in jobs:
        resource = job.node.find_child("Resource").node.default_child
        assert isinstance(resource, cdk.CfnResource)
        properties = {**resource._cfn_properties}
        cdk.CfnOutput(stack, f"{job.node.id}Job", value=stack.to_json_string(properties))
    app.synth()


def stored_job(stack: cdk.Stack) -> BatchInferenceJob:
    """Makes a job that the deployment leaves out, because its bucket is empty then."""
    key = kms.Key(stack, "SourceKey")
    source = s3.Bucket(stack, "Source", encryption_key=key)
    job = BatchInferenceJob(
        stack,
        "Stored",
        solution_version=SolutionVersion.latest(os.environ["SOLUTION"]),
        job_input=JobInput.from_bucket(source, prefix=PREFIX),
        storage=BatchStorage(stack, "Own", input_bucket=source, encryption_key=key),
    )
    never = cdk.CfnCondition(stack, "Never", expression=cdk.Fn.condition_equals("now", "later"))
    resource = job.node.find_child("Resource").node.default_child
    assert isinstance(resource, cdk.CfnResource)
    resource.cfn_options.condition = never
    return job


if __name__ == "__main__":
    main()
