"""What a run gave, in another stack, over two plain deployments."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from personalize_local.catalog import solutions
from personalize_local.host.environment import ACCOUNT
from tests.support import ROOT
from tests.support.flow.running_aws import RunningAws

APP = ROOT / "tests/flow/apps/two_stacks_app.py"
VERSION = solutions.solution_versions(ACCOUNT, "us-east-1")[0].arn


def deploy(aws: RunningAws, folder: Path, run_key: str) -> dict[str, str]:
    """Deploys both stacks, and returns what the second one holds."""
    subprocess.run([sys.executable, str(APP), str(folder), VERSION, run_key], check=True)
    aws.deploy_assembly(folder)
    return aws.outputs("TwoReader")


@pytest.mark.aws("an export that a new run changes")
def test_a_second_run_reaches_the_stack_that_reads_it(
    local_aws: RunningAws, tmp_path: Path
) -> None:
    personalize = local_aws.client("personalize")
    seen = [deploy(local_aws, tmp_path / run, run) for run in ("one", "two", "two")]
    assert seen[0] != seen[1] == seen[2]
    for held in seen:
        job = personalize.describe_batch_inference_job(batchInferenceJobArn=held["jobarn"])
        found = job["batchInferenceJob"]
        assert found["jobName"] == held["jobname"]
        assert found["jobOutput"]["s3DataDestination"]["path"] == held["outputuri"]
    names = [
        job["jobName"]
        for page in personalize.get_paginator("list_batch_inference_jobs").paginate()
        for job in page["batchInferenceJobs"]
        if job["jobName"].startswith("TwoFilms-Batch-")
    ]
    assert len(names) == 2
