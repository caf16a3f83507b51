"""KMS keys under IAM: a job asks for them as Personalize and as its role."""

# boto3 makes its clients at run time.

from __future__ import annotations

import uuid
from typing import Any

import pytest

from personalize_local.catalog import solutions
from personalize_local.host.environment import ACCOUNT
from tests.support.flow.places import Places, allow
from tests.support.flow.running_aws import RunningAws
from tests.support.waiting import wait_for

REGION = "us-east-1"
VERSION = next(
    one.arn
    for one in solutions.solution_versions(ACCOUNT, REGION)
    if one.recipe.name == "aws-user-personalization-v2"
)
ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey")


class EncryptedJob:
    """A job between encrypted buckets, whose role may do everything with S3."""

    def __init__(self, aws: RunningAws, places: Places) -> None:
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

        def job_now() -> dict[str, Any]:
            found = personalize.describe_batch_inference_job(batchInferenceJobArn=job_arn)
            return dict(found["batchInferenceJob"])

        job = wait_for(job_now, lambda one: one["status"] in ("ACTIVE", "CREATE FAILED"))
        if job["status"] == "ACTIVE":
            written = self._places.s3.head_object(Bucket=buckets["output"], Key="o/users.json.out")
            assert written["SSEKMSKeyId"] == self.keys["output"]
        return job


@pytest.fixture
def job(local_aws: RunningAws) -> EncryptedJob:
    return EncryptedJob(local_aws, Places(local_aws))


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
