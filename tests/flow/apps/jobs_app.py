"""An app whose jobs a test describes as JSON, in the environment variable JOBS.

    {"stack": "Name", "jobs": {"Id": {…}}, "broken": false, "parameter": null}

A job has the arguments of the constructs, where JSON can say them; `broken` adds a resource that
fails after all jobs, `parameter` a template parameter that is the run key of all jobs.
"""

from __future__ import annotations

import json
import os
from typing import Any

import aws_cdk as cdk

from cdk_personalize_batch import (
    BatchInferenceJob,
    BatchSegmentJob,
    JobInput,
    SolutionVersion,
)


def main() -> None:
    """Writes the cloud assembly."""
    described = json.loads(os.environ["JOBS"])
    app = cdk.App(builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, described["stack"])
    parameter = described.get("parameter")
    run_key = cdk.CfnParameter(stack, parameter, default="1").value_as_string if parameter else None
    jobs = []
    for name, arguments in described["jobs"].items():
        job = make_job(stack, name, {"run_key": run_key, **arguments})
        cdk.CfnOutput(stack, f"{name}Arn", value=job.job_arn)
        cdk.CfnOutput(stack, f"{name}Version", value=job.solution_version_arn)
        cdk.CfnOutput(stack, f"{name}Output", value=job.output_uri)
        jobs.append(job)
    if described.get("broken"):
        # Nobody signals it.
        handle = cdk.CfnWaitConditionHandle(stack, "BrokenHandle")
        broken = cdk.CfnWaitCondition(stack, "Broken", handle=handle.ref, count=1, timeout="1")
        broken.node.add_dependency(*jobs)
    app.synth()


def make_job(
    stack: cdk.Stack, id: str, arguments: dict[str, Any]
) -> BatchInferenceJob | BatchSegmentJob:
    """Makes a job from what JSON can say."""
    segment = arguments.pop("segment", False)
    for name in ("wait_up_to", "poll_interval"):
        if name in arguments:
            arguments[name] = cdk.Duration.seconds(arguments[name])
    version = arguments.pop("version", None)
    arguments["solution_version"] = (
        SolutionVersion.from_arn(version)
        if version
        else SolutionVersion.latest(arguments.pop("solution"))
    )
    records = arguments.pop("records", [{"userId": "1"}])
    uri = arguments.pop("uri", None)
    arguments["job_input"] = JobInput.from_s3_uri(uri) if uri else JobInput.from_records(records)
    return (BatchSegmentJob if segment else BatchInferenceJob)(stack, id, **arguments)


if __name__ == "__main__":
    main()
