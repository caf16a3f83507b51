"""An app whose workflows a test describes as JSON, in the environment variable WORKFLOWS.

    {"stack": "Name", "workflows": {"Id": {…}}}

A workflow has the arguments of the constructs, where JSON can say them. All share one storage and
read below `in/<Id>/` of its input bucket.
"""

from __future__ import annotations

import json
import os
from typing import Any

import aws_cdk as cdk

from cdk_personalize_batch import (
    BatchInferenceWorkflow,
    BatchSegmentWorkflow,
    BatchStorage,
    JobInput,
    SolutionVersion,
)


def main() -> None:
    """Writes the cloud assembly."""
    described = json.loads(os.environ["WORKFLOWS"])
    app = cdk.App(builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, described["stack"])
    storage = BatchStorage(stack, "Storage", server_access_logs=False)
    cdk.CfnOutput(stack, "InputBucket", value=storage.input_bucket.bucket_name)
    for name, arguments in described["workflows"].items():
        workflow = make_workflow(stack, name, storage, arguments)
        cdk.CfnOutput(stack, f"{name}Machine", value=workflow.state_machine.state_machine_arn)
    app.synth()


def make_workflow(
    stack: cdk.Stack, id: str, storage: BatchStorage, arguments: dict[str, Any]
) -> BatchInferenceWorkflow | BatchSegmentWorkflow:
    """Makes a workflow from what JSON can say."""
    segment = arguments.pop("segment", False)
    for name in ("timeout", "poll_interval"):
        if name in arguments:
            arguments[name] = cdk.Duration.seconds(arguments[name])
    version = arguments.pop("version", None)
    arguments["solution_version"] = (
        SolutionVersion.from_arn(version)
        if version
        else SolutionVersion.latest(arguments.pop("solution"))
    )
    arguments["job_input"] = JobInput.from_bucket(storage.input_bucket, prefix=f"in/{id}/")
    kind = BatchSegmentWorkflow if segment else BatchInferenceWorkflow
    return kind(stack, id, storage=storage, **arguments)


if __name__ == "__main__":
    main()
