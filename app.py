"""The example app: one stack with one batch inference job, driven by context.

    cdk deploy -c solution_version_arn=ARN [-c input=FILE_OR_S3_URI] [-c num_results=N]

``cdk.json`` holds the defaults. The same app deploys to an AWS account and, by
``make deploy-local``, to this machine.
"""

from __future__ import annotations

import os
import sys

import aws_cdk as cdk

from cdk_personalize_batch import BatchInferenceJob, JobInput, SolutionVersion, ValidationError


def main() -> None:
    """Writes the cloud assembly; ends with a message when the context is wrong."""
    app = cdk.App()
    stack = cdk.Stack(
        app,
        "PersonalizeBatch",
        description="An Amazon Personalize batch inference job",
        env=cdk.Environment(
            account=os.environ.get("CDK_DEFAULT_ACCOUNT"),
            region=os.environ.get("CDK_DEFAULT_REGION"),
        ),
    )
    try:
        job = BatchInferenceJob(
            stack,
            "Batch",
            solution_version=SolutionVersion.from_arn(required(app, "solution_version_arn")),
            job_input=job_input(required(app, "input")),
            num_results=whole_number(app, "num_results"),
        )
    except ValidationError as error:
        sys.exit(str(error))
    cdk.CfnOutput(stack, "BatchInferenceJobArn", value=job.job_arn)
    cdk.CfnOutput(stack, "OutputUri", value=job.output_uri)
    cdk.CfnOutput(stack, "RoleArn", value=job.role.role_arn)
    app.synth()


def required(app: cdk.App, name: str) -> str:
    """Returns a context value that must be there."""
    value = app.node.try_get_context(name)
    if not value:
        sys.exit(f"no {name}: give it as `-c {name}=…` or under context in cdk.json")
    return str(value)


def job_input(value: str) -> JobInput:
    """Returns the input that a context value names: an S3 URI or a local file."""
    is_uri = value.startswith("s3://")
    return JobInput.from_s3_uri(value) if is_uri else JobInput.from_asset(value)


def whole_number(app: cdk.App, name: str) -> int | None:
    """Returns a context value as a number; None when there is none."""
    value = app.node.try_get_context(name)
    if value is None:
        return None
    try:
        return int(value)
    except ValueError:
        sys.exit(f"{name} must be a whole number, got {value!r}")


if __name__ == "__main__":
    main()
