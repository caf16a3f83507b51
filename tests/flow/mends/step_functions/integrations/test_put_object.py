"""A state machine puts objects as its role."""

from __future__ import annotations

import json

import pytest

from tests.support.flow.machines import (
    Machines,
    allow,
)
from tests.support.flow.running_aws import RunningAws


@pytest.mark.parametrize("lacks", [None, "s3:PutObject", "kms:GenerateDataKey"])
def test_an_object_is_put_as_the_role(
    local_aws: RunningAws, machines: Machines, bucket: str, lacks: str | None
) -> None:
    s3, key = local_aws.client("s3"), local_aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    s3.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": default}]
        },
    )
    needed = {"s3:PutObject": f"arn:aws:s3:::{bucket}/out/*", "kms:GenerateDataKey": key}
    statements = [allow(action, on) for action, on in needed.items() if action != lacks]
    put = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
        "Arguments": {
            "Bucket": bucket,
            "Key": "{% 'out/a b' & '=ü.json' %}",
            "Body": {"Text": "ü", "none": None, "sum": "{% 1 + 1 %}"},
            "ContentType": "application/json",
        },
        "End": True,
    }
    ended = machines.finish(machines.start(machines.create({"Put": put}, *statements)))
    if lacks:
        assert (ended["status"], ended["error"]) == ("FAILED", "S3.S3Exception")
        assert lacks in ended["cause"]
        return
    assert ended["status"] == "SUCCEEDED", ended
    found = s3.get_object(Bucket=bucket, Key="out/a b=ü.json")
    assert json.loads(found["Body"].read()) == {"Text": "ü", "none": None, "sum": 2}
    assert found["ContentType"] == "application/json"
    assert json.loads(ended["output"]) == {"ETag": found["ETag"]}


def test_what_the_local_aws_cannot_put_is_refused(machines: Machines, bucket: str) -> None:
    arguments = {"Bucket": bucket, "Key": "a", "Body": "", "StorageClass": "GLACIER"}
    put = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
        "Arguments": arguments,
        "End": True,
    }
    machine = machines.create({"Put": put}, allow("s3:PutObject"))
    ended = machines.finish(machines.start(machine))
    assert ended["cause"] == "The local AWS has no StorageClass of s3:putObject."
