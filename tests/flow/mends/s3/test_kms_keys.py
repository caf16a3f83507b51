"""S3 asks for KMS keys as its caller."""

from __future__ import annotations

import uuid

import pytest
from botocore.exceptions import ClientError

from personalize_local.host.environment import ACCOUNT
from tests.support.flow.places import Places, allow
from tests.support.flow.running_aws import RunningAws

REGION = "us-east-1"
ASSETS = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"


@pytest.mark.parametrize("encrypted", [False, True], ids=["SSE-S3", "SSE-KMS"])
def test_an_asset_is_copied_with_rights_on_just_its_objects(
    local_aws: RunningAws, places: Places, encrypted: bool
) -> None:
    key_arn = places.key() if encrypted else None
    bucket, asset = places.bucket(key_arn), f"{uuid.uuid4().hex}.json"
    places.s3.put_object(Bucket=ASSETS, Key=asset, Body=b'{"userId": "1"}\n')
    read = allow("s3:GetObject", f"arn:aws:s3:::{ASSETS}/{asset}")
    write = allow("s3:PutObject", f"arn:aws:s3:::{bucket}/in/users.json")
    via = {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}
    use = [allow("kms:GenerateDataKey", key_arn, Condition=via)] if key_arn else []
    request = {
        "CopySource": {"Bucket": ASSETS, "Key": asset},
        "Bucket": bucket,
        "Key": "in/users.json",
    }
    lacking = [([write, *use], "s3:GetObject"), ([read, *use], "s3:PutObject")]
    if key_arn is not None:
        lacking.append(([read, write], f"kms:GenerateDataKey on resource: {key_arn}"))
    for statements, action in lacking:
        refused = local_aws.client("s3", local_aws.assume_new_role(*statements))
        with pytest.raises(ClientError, match="AccessDenied") as caught:
            refused.copy_object(**request)
        assert f"not authorized to perform: {action} " in str(caught.value)
    allowed = local_aws.client("s3", local_aws.assume_new_role(read, write, *use))
    answer = allowed.copy_object(**request)
    assert answer.get("SSEKMSKeyId") == key_arn
    assert places.s3.get_object(Bucket=bucket, Key="in/users.json")["Body"].read()


def test_reading_and_multipart_uploads_take_decrypt(local_aws: RunningAws, places: Places) -> None:
    key_arn = places.key()
    bucket = places.bucket(key_arn)
    object_ = {"Bucket": bucket, "Key": "users.json"}
    places.s3.put_object(**object_, Body=b"{}")
    writer = allow("kms:GenerateDataKey", key_arn)
    s3 = local_aws.client("s3", local_aws.assume_new_role(allow("s3:*"), writer))
    for call in (s3.get_object, s3.create_multipart_upload):
        with pytest.raises(ClientError) as caught:
            call(**object_)
        assert f"perform: kms:Decrypt on resource: {key_arn} " in str(caught.value)
    assert s3.head_object(**object_)["ContentLength"] == 2
    with pytest.raises(ClientError):
        s3.copy_object(CopySource=object_, Bucket=bucket, Key="copy")
    reader = allow(["kms:GenerateDataKey", "kms:Decrypt"], key_arn)
    s3 = local_aws.client("s3", local_aws.assume_new_role(allow("s3:*"), reader))
    assert s3.get_object(**object_)["Body"].read() == b"{}"
    assert s3.create_multipart_upload(**object_)["UploadId"]
    s3.copy_object(CopySource=object_, Bucket=bucket, Key="copy")


def test_a_key_policy_must_let_the_account_decide(local_aws: RunningAws, places: Places) -> None:
    closed = places.key()
    nobody = allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/none"})
    local_aws.client("kms").put_key_policy(KeyId=closed, Policy=local_aws.policy(nobody))
    everything = local_aws.assume_new_role(allow("*"))
    with pytest.raises(ClientError, match="kms:GenerateDataKey"):
        local_aws.client("s3", everything).put_object(
            Bucket=places.bucket(closed), Key="x", Body=b""
        )


def test_a_key_that_does_not_exist_is_refused(places: Places) -> None:
    gone = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{uuid.uuid4()}"
    with pytest.raises(ClientError, match=r"KMS\.NotFoundException"):
        places.s3.put_object(Bucket=places.bucket(gone), Key="x", Body=b"")


def test_kms_without_a_key_takes_the_accounts_own(local_aws: RunningAws, places: Places) -> None:
    bucket = places.bucket(places.key())
    s3 = local_aws.client("s3", local_aws.assume_new_role(allow("s3:*")))
    answer = s3.put_object(Bucket=bucket, Key="x", Body=b"{}", ServerSideEncryption="aws:kms")
    assert answer["ServerSideEncryption"] == "aws:kms"
    assert s3.get_object(Bucket=bucket, Key="x")["Body"].read() == b"{}"
