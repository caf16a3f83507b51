"""Deploys the example app to AWS on this machine, waits for its batch job, and shows what it made.

Run it as `make deploy-local`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.table import Table

from personalize_local import instance
from personalize_local.catalog import solutions
from personalize_local.host import environment
from personalize_local.host.processes import Signals
from personalize_local.instance import LocalAwsError
from personalize_local.testing import AwsForTests, running

ROOT = Path(__file__).resolve().parents[1]
INPUT = "examples/users.json"
RECIPE = "aws-user-personalization-v2"
RESULTS = 5
JOB_SECONDS = 5.0
POLL_SECONDS = 0.5
DEADLINE_SECONDS = 600

console = Console()


def main() -> int:
    """Deploys, waits, and shows the recommendations.

    Returns:
        The exit code: 0 when the job became ACTIVE.
    """
    with tempfile.TemporaryDirectory(prefix="deploy-local-") as name:
        folder = Path(name)
        (folder / "aws").mkdir()
        console.rule("AWS on this machine")
        region = environment.DEFAULT_REGION
        with running(
            folder / "aws", region=region, job_seconds=JOB_SECONDS, bootstrapped=False
        ) as aws:
            outputs = deploy(aws, folder)
            return show_job(aws, outputs)


def deploy(aws: AwsForTests, folder: Path) -> dict[str, str]:
    """Runs the real CDK CLI on the example app.

    Returns:
        The outputs of its stack.
    """
    assembly, outputs = folder / "cdk.out", folder / "outputs.json"
    region = aws.local_aws.region
    version = next(
        one.arn
        for one in solutions.solution_versions(environment.ACCOUNT, region)
        if one.recipe.name == RECIPE
    )
    context = {"solution_version_arn": version, "input": INPUT, "num_results": RESULTS}
    values = [word for key, value in context.items() for word in ("-c", f"{key}={value}")]
    # Side by side, because both take seconds and neither needs the other.
    with start(aws, "synth", "--quiet", "--output", str(assembly), *values) as synth:
        instance.bootstrap(aws.local_aws, Signals())
    finish(synth)
    console.rule("cdk deploy")
    words = ["--require-approval", "never", "--outputs-file", str(outputs)]
    finish(start(aws, "deploy", "--app", str(assembly), *words))
    stacks: dict[str, dict[str, str]] = json.loads(outputs.read_text(encoding="utf-8"))
    return {name: value for stack in stacks.values() for name, value in stack.items()}


def start(aws: AwsForTests, *words: str) -> subprocess.Popen[bytes]:
    """Starts the CDK CLI."""
    command = ["cdk", *words, "--no-notices"]
    return subprocess.Popen(command, cwd=ROOT, env=aws.environment)  # noqa: S603 - our own words


def finish(process: subprocess.Popen[bytes]) -> None:
    """Waits for the CDK CLI, and ends with its exit code if it failed."""
    if process.wait():
        sys.exit(process.returncode)


def show_job(aws: AwsForTests, outputs: dict[str, str]) -> int:
    """Shows how the job goes on, and what it made.

    Returns:
        The exit code.
    """
    job_arn = outputs["BatchInferenceJobArn"]
    console.rule("Batch inference job")
    job = wait_for(aws.client("personalize"), job_arn)
    if job["status"] != "ACTIVE":
        print(f"error: {job_arn} is {job['status']}: {job.get('failureReason')}", file=sys.stderr)
        return 1
    console.rule("Recommendations")
    show(aws.read(outputs["OutputUri"]))
    for name in ("BatchInferenceJobArn", "OutputUri", "RoleArn"):
        print(f"{name}: {outputs[name]}")
    return 0


def wait_for(personalize: Any, job_arn: str) -> dict[str, Any]:  # noqa: ANN401 - boto3 is untyped
    """Shows a job's status until it does not change any more.

    Args:
        personalize: A boto3 client of Amazon Personalize.
        job_arn: The job.

    Returns:
        The job, as DescribeBatchInferenceJob has it.
    """
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


def show(records: Iterable[dict[str, Any]]) -> None:
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
    except LocalAwsError as error:
        sys.exit(f"error: {error}")
    except (BotoCoreError, ClientError, KeyError) as error:
        sys.exit(f"error: {type(error).__name__}: {error}")
