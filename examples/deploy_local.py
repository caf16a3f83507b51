"""Deploys the example app to a local AWS, waits for its batch job, and shows what it made.

Run it as `make deploy-local`, or by hand in an environment of `personalize-local`:

    personalize-local run -- python examples/deploy_local.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.table import Table

from personalize_local import catalog

ROOT = Path(__file__).resolve().parents[1]
INPUT = "examples/users.json"
RECIPE = "aws-user-personalization-v2"
RESULTS = 5
POLL_SECONDS = 0.5
DEADLINE_SECONDS = 600

console = Console()


def main() -> int:
    """Deploys, waits, and shows the recommendations.

    Returns:
        The exit code: 0 when the job became ACTIVE.
    """
    if not os.environ.get("AWS_ENDPOINT_URL", "").startswith("https://127.0.0.1:"):
        text = "not the environment of a local AWS; run `make deploy-local`"
        print(f"error: {text}", file=sys.stderr)
        return 1
    console.rule("cdk deploy")
    outputs = deploy()
    job_arn = outputs["BatchInferenceJobArn"]
    console.rule("Batch inference job")
    job = wait_for(job_arn)
    if job["status"] != "ACTIVE":
        print(f"error: {job_arn} is {job['status']}: {job.get('failureReason')}", file=sys.stderr)
        return 1
    console.rule("Recommendations")
    show(read_records(outputs["OutputUri"]))
    for name in ("BatchInferenceJobArn", "OutputUri", "RoleArn"):
        print(f"{name}: {outputs[name]}")
    return 0


def deploy() -> dict[str, str]:
    """Runs the real `cdk deploy` on the example app.

    Returns:
        The outputs of its stack.
    """
    version = next(
        one.arn
        for one in catalog.solution_versions(
            os.environ["CDK_DEFAULT_ACCOUNT"], os.environ["CDK_DEFAULT_REGION"]
        )
        if one.recipe.name == RECIPE
    )
    with tempfile.TemporaryDirectory() as folder:
        outputs = Path(folder) / "outputs.json"
        command = ["cdk", "deploy", "--require-approval", "never", "--no-notices"]
        command += ["--output", str(Path(folder) / "cdk.out"), "--outputs-file", str(outputs)]
        command += ["-c", f"solution_version_arn={version}"]
        command += ["-c", f"input={INPUT}", "-c", f"num_results={RESULTS}"]
        done = subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603 - no outside input
        if done.returncode != 0:
            sys.exit(done.returncode)
        stacks: dict[str, dict[str, str]] = json.loads(outputs.read_text(encoding="utf-8"))
    return {name: value for stack in stacks.values() for name, value in stack.items()}


def wait_for(job_arn: str) -> dict[str, Any]:
    """Shows a job's status until it does not change any more.

    Args:
        job_arn: The job.

    Returns:
        The job, as DescribeBatchInferenceJob has it.
    """
    personalize = boto3.client("personalize")
    started = time.monotonic()
    shown = None
    with console.status("waiting") as status:
        while time.monotonic() < started + DEADLINE_SECONDS:
            answer = personalize.describe_batch_inference_job(batchInferenceJobArn=job_arn)
            job: dict[str, Any] = answer["batchInferenceJob"]
            seconds = time.monotonic() - started
            status.update(f"{job['status']}, {seconds:.0f} s")
            if job["status"] != shown:
                shown = job["status"]
                print(f"{seconds:5.1f} s  {shown}", flush=True)
            if shown in ("ACTIVE", "CREATE FAILED"):
                return job
            time.sleep(POLL_SECONDS)
    sys.exit(f"error: {job_arn} is still {shown} after {DEADLINE_SECONDS} s")


def read_records(output_uri: str) -> Iterator[dict[str, Any]]:
    """Reads the records that a job wrote.

    Args:
        output_uri: The job's output folder, `s3://bucket/folder/`.

    Yields:
        The records of all `.out` files.
    """
    bucket, _, prefix = output_uri.removeprefix("s3://").partition("/")
    s3 = boto3.client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Contents", []):
            if found["Key"].endswith(".out"):
                body = s3.get_object(Bucket=bucket, Key=found["Key"])["Body"]
                yield from (json.loads(line) for line in body.iter_lines())


def show(records: Iterator[dict[str, Any]]) -> None:
    """Prints records as a table.

    Args:
        records: The records.
    """
    table = Table("User", "Recommended items", "Scores")
    for record in records:
        output = record.get("output") or {}
        items = " ".join(output.get("recommendedItems", []))
        scores = " ".join(f"{score:.4f}" for score in output.get("scores", []))
        table.add_row(record["input"]["userId"], items or str(record.get("error")), scores)
    console.print(table)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except (BotoCoreError, ClientError, KeyError) as error:
        sys.exit(f"error: {type(error).__name__}: {error}")
