"""An app whose jobs a test describes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from cdk_personalize_batch import (
    BatchInferenceJob,
    BatchRuntime,
    BatchSegmentJob,
    JobInput,
    SolutionVersion,
)


def synthesize(
    folder: Path,
    name: str,
    jobs: Mapping[str, dict[str, Any]],
    *,
    broken: bool = False,
    parameter: str | None = None,
    function_seconds: int | None = None,
) -> None:
    """Writes the cloud assembly of an app with one stack.

    Args:
        folder: Where to.
        name: The name of the stack.
        jobs: The jobs' arguments, in words that JSON has too.
        broken: Adds a resource that fails after all jobs.
        parameter: The name of a template parameter that is the run key of all jobs.
        function_seconds: The timeout of the function, where it is another one.
    """
    app = cdk.App(outdir=str(folder), builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, name)
    function = BatchRuntime.configure(stack)
    run_key = cdk.CfnParameter(stack, parameter, default="1").value_as_string if parameter else None
    made: list[BatchInferenceJob | BatchSegmentJob] = []
    for key, given in jobs.items():
        arguments = dict(given)
        # Each after the one before it.
        runs_after = arguments.pop("runs_after", False)
        job = make_job(stack, key, {"run_key": run_key, **arguments})
        if runs_after:
            job.run_after(made[-1])
        cdk.CfnOutput(stack, f"{key}Arn", value=job.job_arn)
        cdk.CfnOutput(stack, f"{key}Version", value=job.solution_version_arn)
        cdk.CfnOutput(stack, f"{key}Output", value=job.output_uri)
        made.append(job)
    if function_seconds is not None:
        resource = function.node.default_child
        assert isinstance(resource, cdk.CfnResource)
        resource.add_property_override("Timeout", function_seconds)
    if broken:
        # Nobody signals it.
        handle = cdk.CfnWaitConditionHandle(stack, "BrokenHandle")
        unsignalled = cdk.CfnWaitCondition(stack, "Broken", handle=handle.ref, count=1, timeout="1")
        unsignalled.node.add_dependency(*made)
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
