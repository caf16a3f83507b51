"""The custom resources that the CDK itself makes, from `cdk deploy` to `cdk destroy`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support import ROOT
from tests.support.flow.running_aws import RunningAws

APP = ROOT / "tests/flow/apps/custom_resources_app.py"
OWN, FILES, PRODUCER, CONSUMER = "CustomResources", "Deployment", "Producer", "Consumer"
BUCKETS = ("BucketName", "Input", "Output")
LOG_GROUP = "/custom/resources"
PARAMETER = "/custom/resources/parameter"
SEEN = "/custom/resources/topic"


class Life(NamedTuple):
    """What there was while the stacks were there, and after."""

    outputs: dict[str, dict[str, str]]
    parameter: str
    retention: int | None
    files: dict[str, str]
    topic: str
    left: list[str]


def cdk(aws: RunningAws, folder: Path, *words: str) -> None:
    done = aws.run(["cdk", *words], cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def life(local_aws: RunningAws, tmp_path_factory: pytest.TempPathFactory) -> Life:
    folder = tmp_path_factory.mktemp("custom")
    environment = {**local_aws.environment, "CDK_OUTDIR": str(folder / "cdk.out")}
    subprocess.run([sys.executable, str(APP)], env=environment, check=True)
    everything = ("--app", "cdk.out", "--all")
    cdk(local_aws, folder, "bootstrap", "aws://000000000000/us-west-2")
    never = ("--require-approval", "never", "--concurrency", "4")
    cdk(local_aws, folder, "deploy", *never, *everything)
    found = look(local_aws)
    for name in BUCKETS:
        fill(local_aws, found.outputs[OWN][name])
    cdk(local_aws, folder, "destroy", "--force", *everything)
    return found._replace(left=left_of(local_aws, found))


def look(aws: RunningAws) -> Life:
    s3, ssm = aws.client("s3"), aws.client("ssm")
    outputs = {stack: aws.outputs(stack) for stack in (OWN, FILES)}
    bucket = outputs[FILES]["BucketName"]
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    groups = aws.client("logs").describe_log_groups(logGroupNamePrefix=LOG_GROUP)["logGroups"]
    return Life(
        outputs=outputs,
        parameter=ssm.get_parameter(Name=PARAMETER)["Parameter"]["Value"],
        retention={one["logGroupName"]: one["retentionInDays"] for one in groups}.get(LOG_GROUP),
        files={key: s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in keys},
        topic=ssm.get_parameter(Name=SEEN)["Parameter"]["Value"],
        left=[],
    )


def fill(aws: RunningAws, bucket: str) -> None:
    """Puts versions of objects, and a delete marker, into a bucket."""
    s3 = aws.client("s3")
    for key in ("one", "one", "a folder/two"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"text")
    s3.delete_object(Bucket=bucket, Key="one")


def left_of(aws: RunningAws, found: Life) -> list[str]:
    """What the stacks made and left behind."""
    s3, ssm, logs = aws.client("s3"), aws.client("ssm"), aws.client("logs")
    names = [one["Name"] for one in ssm.describe_parameters()["Parameters"]]
    groups = logs.describe_log_groups(logGroupNamePrefix=LOG_GROUP)["logGroups"]
    made = [found.outputs[FILES]["BucketName"], *(found.outputs[OWN][one] for one in BUCKETS)]
    return [
        *(one["Name"] for one in s3.list_buckets()["Buckets"] if one["Name"] in made),
        *(name for name in names if name.startswith(("/custom/", "/cdk/exports/"))),
        *(one["logGroupName"] for one in groups if one["logGroupName"] == LOG_GROUP),
    ]


def test_a_bucket_with_objects_goes_with_its_stack(life: Life) -> None:
    assert life.outputs[OWN]["BucketName"] not in life.left


def test_the_buckets_of_a_storage_go_with_its_stack(life: Life) -> None:
    own = life.outputs[OWN]
    assert not {own["Input"], own["Output"]} & set(life.left)


def test_a_call_of_the_sdk_is_made_and_answers(life: Life) -> None:
    assert (life.parameter, life.outputs[OWN]["Version"]) == ("put", "1")


def test_log_retention_is_set(life: Life) -> None:
    assert life.retention == 5


def test_a_provider_answers(life: Life) -> None:
    assert life.outputs[OWN]["Answer"] == "Create"


def test_files_are_deployed(life: Life) -> None:
    assert life.files == {"in/users.json": '{"userId": "1"}\n'}


def test_a_reference_crosses_regions(life: Life) -> None:
    assert life.topic.startswith("arn:aws:sns:us-west-2:000000000000:Producer-Topic")


def test_nothing_is_left(life: Life) -> None:
    assert life.left == []
