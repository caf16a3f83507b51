"""A run for each upload: the object `_SUCCESS` says that it is complete.

    cdk deploy --app "python examples/workflows/arrival.py" -c solution_version_arn=ARN

Spark and Glue write such an object behind their parts. `s3://…/users/dt=2026-11-24/_SUCCESS` starts
a run over `s3://…/users/dt=2026-11-24/`.
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_events_targets import SqsQueue

from cdk_personalize_batch import BatchInferenceWorkflow, JobInput, SolutionVersion

EXAMPLE = "arn:aws:personalize:us-east-1:000000000000:solution/films/1"


def main() -> None:
    """Writes the cloud assembly."""
    app = cdk.App()
    add_stack(app)
    app.synth()


def add_stack(app: cdk.App) -> None:
    """Makes the stack.

    Args:
        app: The app.
    """
    stack = cdk.Stack(app, "RecommendationsOnArrival")
    version = app.node.try_get_context("solution_version_arn") or EXAMPLE
    uploads = s3.Bucket(stack, "Uploads", enforce_ssl=True)
    workflow = BatchInferenceWorkflow(
        stack,
        "OnArrival",
        solution_version=SolutionVersion.from_arn(version),
        job_input=JobInput.from_bucket(uploads, prefix="users/"),
    )
    workflow.start_on_input(success_key="_SUCCESS")
    # Whoever loads the results hears of each run, with its document.
    finished = sqs.Queue(stack, "Finished", enforce_ssl=True)
    workflow.on_success("Loads", target=SqsQueue(finished))
    cdk.CfnOutput(stack, "UploadTo", value=f"s3://{uploads.bucket_name}/users/")


if __name__ == "__main__":
    main()
