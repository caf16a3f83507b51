"""Jobs of many kinds, which an upgrade of the library must not make again."""

from __future__ import annotations

import sys

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_personalize_batch import (
    BatchInferenceJob,
    BatchSegmentJob,
    BatchStorage,
    ItemExploration,
    JobInput,
    JobOutput,
    SolutionVersion,
)

folder, version, segments = sys.argv[1:]
app = cdk.App(outdir=folder, builtin_cloud_formation_validation=False)
stack = cdk.Stack(app, "Upgrade")
count = cdk.CfnParameter(stack, "Count", type="Number", default="7").value_as_number
team = cdk.CfnParameter(stack, "Team", default="films").value_as_string
users = JobInput.from_records([{"userId": "1"}])
storage = BatchStorage(stack, "Storage")
results = s3.Bucket(stack, "Results")


def job(id: str, *, scope: Construct = stack, **more: object) -> None:
    """Makes a job, and shows its ARN."""
    arguments: dict[str, object] = {
        "solution_version": SolutionVersion.from_arn(version),
        "job_input": users,
        "storage": storage,
        **more,
    }
    made = BatchInferenceJob(scope, id, **arguments)  # type: ignore[arg-type]
    name = "".join(part for part in made.node.path if part.isalnum())
    cdk.CfnOutput(stack, f"{name}Arn", value=made.job_arn)


job("Plain")
job("Counted", num_results=count, run_key="2026-11-27", tags={"team": team})
job("Explored", item_exploration=ItemExploration(weight=0.30), num_results=5, preflight=False)
job("Newest", solution_version=SolutionVersion.latest(version.rpartition("/")[0]))
job("Named", job_name="upgrade-named", tags={"team": "films"})
job("Elsewhere", job_output=JobOutput.to_bucket(results, prefix="out/"), storage=None)
job("Waited", wait_up_to=cdk.Duration.minutes(5), poll_interval=cdk.Duration.seconds(1))
job("Inner", scope=Construct(stack, "Some-Part"))
# Its name had another character than now.
job("acme.com")
segment = BatchSegmentJob(
    stack,
    "Segment",
    solution_version=SolutionVersion.from_arn(segments),
    job_input=JobInput.from_records([{"itemId": "1"}]),
    storage=storage,
    num_results=10,
)
cdk.CfnOutput(stack, "SegmentArn", value=segment.job_arn)
app.synth()
