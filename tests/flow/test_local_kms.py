"""KMS keys under IAM: S3 asks for them as its caller, and Personalize as itself and as the role."""

# boto3 makes its clients at run time.
# ruff: noqa: ANN401

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError

from personalize_local import catalog
from personalize_local.environment import ACCOUNT

REGION = "us-east-1"
ASSETS = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
VERSION = next(
    one.arn
    for one in catalog.solution_versions(ACCOUNT, REGION)
    if one.recipe.name == "aws-user-personalization-v2"
)
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey")


def allow(actions: str | Sequence[str], resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


class Places:
    """Buckets and keys of one test."""

    def __init__(self, aws: Any) -> None:
        self._kms, self.s3, self.policy = aws.client("kms"), aws.client("s3"), aws.policy

    def key(self, *statements: dict[str, Any]) -> str:
        """A key that the account's policies decide about, and what more is allowed."""
        account = allow("kms:*", Principal=ROOT)
        made = self._kms.create_key(Policy=self.policy(account, *statements))
        return str(made["KeyMetadata"]["Arn"])

    def bucket(self, key_arn: str | None = None) -> str:
        """A bucket that encrypts with a key; with S3's own when none is given."""
        name = f"flow-{uuid.uuid4().hex[:8]}"
        self.s3.create_bucket(Bucket=name)
        default = {"SSEAlgorithm": "AES256"}
        if key_arn is not None:
            default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}
        rules = [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]
        self.s3.put_bucket_encryption(
            Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules}
        )
        return name


@pytest.fixture
def places(local_aws: Any) -> Places:
    return Places(local_aws)


@pytest.mark.parametrize("encrypted", [False, True], ids=["SSE-S3", "SSE-KMS"])
def test_an_asset_is_copied_with_rights_on_just_its_objects(
    local_aws: Any, places: Places, encrypted: bool
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


def test_reading_and_multipart_uploads_take_decrypt(local_aws: Any, places: Places) -> None:
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


def test_a_key_policy_must_let_the_account_decide(local_aws: Any, places: Places) -> None:
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


def test_kms_without_a_key_takes_the_accounts_own(local_aws: Any, places: Places) -> None:
    bucket = places.bucket(places.key())
    s3 = local_aws.client("s3", local_aws.assume_new_role(allow("s3:*")))
    answer = s3.put_object(Bucket=bucket, Key="x", Body=b"{}", ServerSideEncryption="aws:kms")
    assert answer["ServerSideEncryption"] == "aws:kms"
    assert s3.get_object(Bucket=bucket, Key="x")["Body"].read() == b"{}"


def test_a_template_encrypts_its_buckets(local_aws: Any, places: Places) -> None:
    client, name = local_aws.client("cloudformation"), f"flow-{uuid.uuid4().hex[:8]}"
    keys = [places.key(), None, places.key()]
    bucket = ""
    for key_arn in keys:
        rule = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
        if key_arn is not None:
            # As a template may name a key: by its id alone.
            rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] = key_arn.rpartition("/")[2]
        encryption = {"BucketEncryption": {"ServerSideEncryptionConfiguration": [rule]}}
        properties = encryption if key_arn is not None else {}
        template = {"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": properties}}}
        change = client.update_stack if bucket else client.create_stack
        change(StackName=name, TemplateBody=json.dumps(template))
        client.get_waiter(
            "stack_update_complete" if bucket else "stack_create_complete",
        ).wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
        (found,) = client.describe_stack_resources(StackName=name)["StackResources"]
        bucket = found["PhysicalResourceId"]
        writer = local_aws.client("s3", local_aws.assume_new_role(allow("s3:*")))
        if key_arn is None:
            writer.put_object(Bucket=bucket, Key="x", Body=b"")
        else:
            with pytest.raises(ClientError, match=f"kms:GenerateDataKey on resource: {key_arn}"):
                writer.put_object(Bucket=bucket, Key="x", Body=b"")


class EncryptedJob:
    """A job between encrypted buckets, whose role may do everything with S3."""

    def __init__(self, aws: Any, places: Places) -> None:
        self._aws, self._places = aws, places
        self.by_role: set[str] = set(ACTIONS)
        self.by_service: set[str] = set(ACTIONS)
        self.names_keys = True
        self.bucket_key = "{arn}"
        self.by_output = ""
        self.keys: dict[str, str] = {}

    def run(self) -> dict[str, Any]:
        """Runs it to its end."""
        service = {"Service": "personalize.amazonaws.com"}
        source = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
        use = allow(sorted(self.by_service), Principal=service, Condition=source)
        buckets = {}
        for side in ("input", "output"):
            self.keys[side] = self._places.key(use)
            named = {"arn": self.keys[side], "id": self.keys[side].rpartition("/")[2]}
            own = self.bucket_key if side == "input" else self.by_output or self.bucket_key
            buckets[side] = self._places.bucket(own.format(**named))
            open_ = allow("s3:*", f"arn:aws:s3:::{buckets[side]}*", Principal=service)
            self._places.s3.put_bucket_policy(Bucket=buckets[side], Policy=self._aws.policy(open_))
        self._places.s3.put_object(
            Bucket=buckets["input"], Key="users.json", Body=b'{"userId": "1"}\n'
        )
        role = self._aws.create_role("personalize", allow("s3:*"), allow(sorted(self.by_role)))
        keys = {side: {"kmsKeyArn": arn} for side, arn in self.keys.items()}
        if not self.names_keys:
            keys = {"input": {}, "output": {}}
        personalize = self._aws.client("personalize")
        job_arn = personalize.create_batch_inference_job(
            jobName=f"flow-{uuid.uuid4().hex[:8]}",
            solutionVersionArn=VERSION,
            roleArn=role,
            jobInput={
                "s3DataSource": {"path": f"s3://{buckets['input']}/users.json", **keys["input"]}
            },
            jobOutput={
                "s3DataDestination": {"path": f"s3://{buckets['output']}/o/", **keys["output"]}
            },
        )["batchInferenceJobArn"]
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            found = personalize.describe_batch_inference_job(batchInferenceJobArn=job_arn)
            job: dict[str, Any] = found["batchInferenceJob"]
            if job["status"] in ("ACTIVE", "CREATE FAILED"):
                break
            time.sleep(0.05)
        if job["status"] == "ACTIVE":
            written = self._places.s3.head_object(Bucket=buckets["output"], Key="o/users.json.out")
            assert written["SSEKMSKeyId"] == self.keys["output"]
        return job


@pytest.fixture
def job(local_aws: Any, places: Places) -> EncryptedJob:
    return EncryptedJob(local_aws, places)


@pytest.mark.parametrize("names_keys", [True, False])
def test_a_job_reads_and_writes_with_keys(job: EncryptedJob, names_keys: bool) -> None:
    job.names_keys = names_keys
    assert job.run()["status"] == "ACTIVE"


def test_a_bucket_may_name_its_key_by_the_id_alone(job: EncryptedJob) -> None:
    job.names_keys, job.bucket_key = False, "{id}"
    job.by_service.discard("kms:GenerateDataKey")
    reason = job.run()["failureReason"]
    assert f"kms:GenerateDataKey on {job.keys['output']}" in reason


@pytest.mark.parametrize(
    ("given", "shown"),
    [("no-key", "key/no-key"), ("alias/none", "alias/none")],
)
def test_a_default_key_that_does_not_exist_fails_the_job(
    job: EncryptedJob, given: str, shown: str
) -> None:
    job.by_output = given
    reason = job.run()["failureReason"]
    assert f"kms:GenerateDataKey on arn:aws:kms:{REGION}:{ACCOUNT}:{shown}" in reason


@pytest.mark.parametrize(
    ("action", "side"),
    [("kms:Decrypt", "input"), ("kms:DescribeKey", "input"), ("kms:GenerateDataKey", "output")],
)
@pytest.mark.parametrize("who", ["by_role", "by_service"])
def test_a_job_needs_the_key_as_its_role_and_as_the_service(
    job: EncryptedJob, who: str, action: str, side: str
) -> None:
    getattr(job, who).discard(action)
    ended = job.run()
    assert ended["status"] == "CREATE FAILED"
    assert f"{action} on {job.keys[side]}" in ended["failureReason"]
    by_service = "the policy of the key does not allow personalize" in ended["failureReason"]
    assert by_service == (who == "by_service")
