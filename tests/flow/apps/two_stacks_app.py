"""A job, and another stack that holds what its run gave."""

from __future__ import annotations

import sys

import aws_cdk as cdk
from aws_cdk import aws_ssm as ssm

from cdk_personalize_batch import BatchInferenceJob, JobInput, SolutionVersion

folder, version, run_key = sys.argv[1:]
app = cdk.App(outdir=folder, builtin_cloud_formation_validation=False)
films = cdk.Stack(app, "TwoFilms")
job = BatchInferenceJob(
    films,
    "Batch",
    solution_version=SolutionVersion.from_arn(version),
    job_input=JobInput.from_records([{"userId": "1"}]),
    run_key=run_key,
)
reader = cdk.Stack(app, "TwoReader")
for name in ("job_arn", "job_name", "output_uri"):
    held = ssm.StringParameter(reader, name, string_value=getattr(job, name))
    cdk.CfnOutput(reader, name.replace("_", ""), value=held.string_value)
app.synth()
