"""The example app by the real CDK CLI: the job runs, and its results are in the output bucket."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from personalize_local.catalog import solutions
from personalize_local.host.environment import ACCOUNT
from tests.support import ROOT
from tests.support.flow.running_aws import RunningAws
from tests.support.waiting import wait_for

RECIPE = "aws-user-personalization-v2"
VERSION = next(
    one.arn
    for one in solutions.solution_versions(ACCOUNT, "us-east-1")
    if one.recipe.name == RECIPE
)
STACK = "PersonalizeBatch"


def cdk(aws: RunningAws, folder: Path, *words: str) -> tuple[int, str]:
    """Runs the CDK CLI on the example app."""
    command = ["cdk", *words, "--output", str(folder / "cdk.out")]
    done = aws.run(command, cwd=ROOT)
    return done.returncode, done.stdout + done.stderr


def deploy(aws: RunningAws, folder: Path, **context: str) -> tuple[int, str]:
    words = [word for key, value in context.items() for word in ("-c", f"{key}={value}")]
    return cdk(aws, folder, "deploy", "--require-approval", "never", *words)


def finished(aws: RunningAws, job_arn: str) -> dict[str, Any]:
    personalize = aws.client("personalize")

    def look() -> dict[str, Any]:
        answer = personalize.describe_batch_inference_job(batchInferenceJobArn=job_arn)
        return dict(answer["batchInferenceJob"])

    return wait_for(look, lambda job: job["status"] in ("ACTIVE", "CREATE FAILED"))


@pytest.fixture(scope="module")
def deployed(local_aws: RunningAws, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The outputs of the example app, deployed with its own input."""
    folder = tmp_path_factory.mktemp("app")
    code, text = deploy(local_aws, folder, solution_version_arn=VERSION, num_results="3")
    assert code == 0, text
    return local_aws.outputs(STACK)


def test_the_job_runs_and_its_results_are_in_the_output_bucket(
    local_aws: RunningAws, deployed: dict[str, str]
) -> None:
    job = finished(local_aws, deployed["BatchInferenceJobArn"])
    assert job["status"] == "ACTIVE", job
    assert job["numResults"] == 3
    assert job["roleArn"] == deployed["RoleArn"]
    uri = deployed["OutputUri"]
    assert job["jobOutput"]["s3DataDestination"]["path"] == uri
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    body = local_aws.client("s3").get_object(Bucket=bucket, Key=f"{prefix}users.json.out")["Body"]
    records = [json.loads(line) for line in body.read().splitlines()]
    users = (ROOT / "examples" / "users.json").read_text().splitlines()
    assert [record["input"] for record in records] == [json.loads(line) for line in users]
    assert {len(record["output"]["recommendedItems"]) for record in records} == {3}


def test_an_unchanged_stack_creates_no_job(
    local_aws: RunningAws, deployed: dict[str, str], tmp_path: Path
) -> None:
    code, text = deploy(local_aws, tmp_path, solution_version_arn=VERSION, num_results="3")
    assert code == 0, text
    assert "(no changes)" in text
    assert local_aws.outputs(STACK) == deployed


def test_another_request_makes_another_job_and_the_first_one_stays(
    local_aws: RunningAws, deployed: dict[str, str], tmp_path: Path
) -> None:
    code, text = deploy(local_aws, tmp_path, solution_version_arn=VERSION, num_results="4")
    assert code == 0, text
    changed = local_aws.outputs(STACK)
    assert changed["BatchInferenceJobArn"] != deployed["BatchInferenceJobArn"]
    assert changed["OutputUri"] != deployed["OutputUri"]
    assert finished(local_aws, changed["BatchInferenceJobArn"])["numResults"] == 4
    assert finished(local_aws, deployed["BatchInferenceJobArn"])["numResults"] == 3


def test_a_refused_request_fails_the_deployment_with_the_reason(
    local_aws: RunningAws, deployed: dict[str, str], tmp_path: Path
) -> None:
    before = local_aws.outputs(STACK)
    missing = VERSION.rpartition("/")[0] + "/gone"
    code, text = deploy(local_aws, tmp_path, solution_version_arn=missing)
    assert code == 1
    assert "Batch inference job PersonalizeBatch-Batch-" in text
    assert missing in text
    (stack,) = local_aws.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert local_aws.outputs(STACK) == before


def test_the_script_of_deploy_local_shows_recommendations(local_aws: RunningAws) -> None:
    # It starts an AWS of its own; from this one it needs the path of the CDK CLI.
    done = local_aws.run([sys.executable, "examples/deploy_local.py"], cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert "ACTIVE" in done.stdout
    assert "Recommended items" in done.stdout
    arn = r"^BatchInferenceJobArn: arn:aws:personalize:us-east-1:0{12}:batch-inference-job/\S+$"
    assert re.search(arn, done.stdout, re.MULTILINE)


def test_the_stack_is_deleted_and_the_output_stays(
    local_aws: RunningAws, deployed: dict[str, str], tmp_path: Path
) -> None:
    final = local_aws.outputs(STACK)
    code, text = cdk(
        local_aws, tmp_path, "destroy", "--force", "-c", f"solution_version_arn={VERSION}"
    )
    assert code == 0, text
    for uri in (deployed["OutputUri"], final["OutputUri"]):
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        found = local_aws.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)
        assert found["KeyCount"] == 1
        policy = json.loads(local_aws.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])
        assert {statement["Effect"] for statement in policy["Statement"]} == {"Allow", "Deny"}
