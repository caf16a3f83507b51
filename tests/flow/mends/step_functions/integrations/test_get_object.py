"""A state machine gets objects."""

from __future__ import annotations

from typing import Any

from tests.support.flow.machines import Machines, allow
from tests.support.flow.running_aws import RunningAws


def get(bucket: str, **arguments: str) -> dict[str, Any]:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
        "Arguments": {"Bucket": bucket, "Key": "text", **arguments},
        "End": True,
    }
    return {"Get": state}


def test_an_object_is_text(local_aws: RunningAws, machines: Machines, bucket: str) -> None:
    # Step Functions Developer Guide, AWS SDK integrations; botocore s3 GetObjectOutput
    local_aws.client("s3").put_object(
        Bucket=bucket, Key="text", Body="Łódź", ContentType="text/plain", Metadata={"n": "1"}
    )
    found = machines.run(get(bucket), allow("s3:GetObject"))
    assert (found["Body"], found["ContentLength"], found["ContentType"], found["Metadata"]) == (
        "Łódź",
        len("Łódź".encode()),
        "text/plain",
        {"n": "1"},
    )
    assert machines.run(get(bucket, Range="bytes=5-6"), allow("s3:GetObject"))["Body"] == "ź"


def test_an_object_that_is_not_there_has_its_error(machines: Machines, bucket: str) -> None:
    allowed = (allow("s3:GetObject"), allow("s3:ListBucket"))
    ended = machines.finish(machines.start(machines.create(get(bucket), *allowed)))
    assert ended["error"] == "S3.NoSuchKeyException"


def test_an_object_is_got_as_the_role(machines: Machines, bucket: str) -> None:
    ended = machines.finish(machines.start(machines.create(get(bucket))))
    assert ended["error"] == "S3.S3Exception"
    assert "s3:GetObject" in ended["cause"]
