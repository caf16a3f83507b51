"""The local AWS as clients see it: TLS, IAM, and batch jobs that need the right policies."""

# boto3 makes its clients at run time.

from __future__ import annotations

import copy
import http.client
import json
import uuid
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError

from personalize_local.catalog import solutions
from personalize_local.host.environment import ACCOUNT
from tests.support import PATIENCE_SECONDS
from tests.support.flow.running_aws import RunningAws
from tests.support.waiting import wait_for

REGION = "us-east-1"
SOURCE = {
    "StringEquals": {"aws:SourceAccount": ACCOUNT},
    "ArnLike": {"aws:SourceArn": f"arn:aws:personalize:{REGION}:{ACCOUNT}:*"},
}
VERSION = next(
    one.arn
    for one in solutions.solution_versions(ACCOUNT, REGION)
    if one.recipe.name == "aws-user-personalization-v2"
)


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust(principal: dict[str, str], condition: dict[str, Any] | None = None) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return policy({**statement, "Condition": condition} if condition else statement)


class Setting:
    """Two buckets and a role, with the policies that the documentation asks for."""

    def __init__(self, aws: Any) -> None:
        self.name = f"flow-{uuid.uuid4().hex[:8]}"
        self.input, self.output = f"{self.name}-in", f"{self.name}-out"
        self.role_arn = f"arn:aws:iam::{ACCOUNT}:role/{self.name}"
        self.trust = trust({"Service": "personalize.amazonaws.com"}, SOURCE)
        self.role_policy = policy(*self._grants())
        self.bucket_policies = {
            bucket: policy(
                {
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
                *(
                    {
                        **grant,
                        "Principal": {"Service": "personalize.amazonaws.com"},
                        "Condition": {"StringEqualsIfExists": SOURCE["StringEquals"]},
                    }
                    for grant in self._grants()
                    if f":{bucket}" in grant["Resource"]
                ),
            )
            for bucket in (self.input, self.output)
        }
        self._aws = aws

    def _grants(self) -> list[dict[str, Any]]:
        places = {
            "s3:ListBucket": (self.input, self.output),
            "s3:GetObject": (f"{self.input}/*",),
            "s3:PutObject": (f"{self.output}/*",),
        }
        return [
            {"Effect": "Allow", "Action": action, "Resource": f"arn:aws:s3:::{resource}"}
            for action, resources in places.items()
            for resource in resources
        ]

    def without(self, document: dict[str, Any], action: str) -> None:
        kept = [one for one in document["Statement"] if one["Action"] != action]
        assert len(kept) < len(document["Statement"])
        document["Statement"] = kept

    def create_job(self, personalize: Any | None = None) -> str:
        s3, iam = self._aws.client("s3"), self._aws.client("iam")
        for bucket, document in self.bucket_policies.items():
            s3.create_bucket(Bucket=bucket)
            s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))
        s3.put_object(Bucket=self.input, Key="in/users.json", Body=b'{"userId": "1"}\n')
        iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=json.dumps(self.trust))
        permissions = json.dumps(self.role_policy)
        iam.put_role_policy(RoleName=self.name, PolicyName="s3", PolicyDocument=permissions)
        answer = (personalize or self._aws.client("personalize")).create_batch_inference_job(
            jobName=self.name,
            solutionVersionArn=VERSION,
            roleArn=self.role_arn,
            numResults=3,
            jobInput={"s3DataSource": {"path": f"s3://{self.input}/in/users.json"}},
            jobOutput={"s3DataDestination": {"path": f"s3://{self.output}/out/"}},
        )
        return str(answer["batchInferenceJobArn"])

    def finish(self, job_arn: str) -> dict[str, Any]:
        personalize = self._aws.client("personalize")

        def look() -> dict[str, Any]:
            answer = personalize.describe_batch_inference_job(batchInferenceJobArn=job_arn)
            return dict(answer["batchInferenceJob"])

        return wait_for(look, lambda job: job["status"] in ("ACTIVE", "CREATE FAILED"))


@pytest.fixture
def setting(local_aws: RunningAws) -> Setting:
    return Setting(local_aws)


def test_it_is_bootstrapped(local_aws: RunningAws) -> None:
    stacks = local_aws.client("cloudformation").describe_stacks(StackName="CDKToolkit")["Stacks"]
    assert [stack["StackStatus"] for stack in stacks] == ["CREATE_COMPLETE"]
    parameter = local_aws.client("ssm").get_parameter(Name="/cdk-bootstrap/hnb659fds/version")
    assert int(parameter["Parameter"]["Value"]) >= 20


def test_it_speaks_tls_only(local_aws: RunningAws) -> None:
    connection = http.client.HTTPConnection(
        "127.0.0.1", local_aws.local_aws.port, timeout=PATIENCE_SECONDS
    )
    try:
        connection.request("GET", "/_ministack/health")
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            connection.getresponse()
    finally:
        connection.close()


def test_a_wrong_signature_is_refused(local_aws: RunningAws) -> None:
    session = local_aws.assume_new_role({"Effect": "Allow", "Action": "*", "Resource": "*"})
    assert local_aws.client("personalize", session).list_solutions()["solutions"]
    forged = local_aws.client("personalize", {**session, "SecretAccessKey": "wrong"})
    with pytest.raises(ClientError, match="InvalidSignatureException"):
        forged.list_solutions()


def test_a_request_without_signature_is_refused(local_aws: RunningAws) -> None:
    personalize = local_aws.client("personalize")
    personalize.meta.events.register("choose-signer.personalize", lambda **_: UNSIGNED)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        personalize.list_solutions()


def test_a_caller_needs_the_permission(local_aws: RunningAws) -> None:
    describe = {"Effect": "Allow", "Action": "personalize:DescribeSolutionVersion", "Resource": "*"}
    nobody = local_aws.client("personalize", local_aws.assume_new_role())
    with pytest.raises(ClientError, match="AccessDeniedException") as caught:
        nobody.describe_solution_version(solutionVersionArn=VERSION)
    assert f"personalize:DescribeSolutionVersion on resource: {VERSION}" in str(caught.value)
    somebody = local_aws.client("personalize", local_aws.assume_new_role(describe))
    answer = somebody.describe_solution_version(solutionVersionArn=VERSION)
    assert answer["solutionVersion"]["status"] == "ACTIVE"


def test_a_caller_needs_pass_role_to_personalize(local_aws: RunningAws, setting: Setting) -> None:
    create: dict[str, Any] = {"Effect": "Allow", "Action": "personalize:*", "Resource": "*"}
    passing = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": setting.role_arn}
    other = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    right = {"StringEquals": {"iam:PassedToService": "personalize.amazonaws.com"}}
    for statements in ([create], [create, {**passing, "Condition": other}]):
        refused = local_aws.client("personalize", local_aws.assume_new_role(*statements))
        with pytest.raises(ClientError, match=f"iam:PassRole on resource: {setting.role_arn}"):
            Setting(local_aws).create_job(_Fixed(refused, setting.role_arn))
    statements = [create, {**passing, "Condition": right}]
    allowed = local_aws.client("personalize", local_aws.assume_new_role(*statements))
    assert setting.finish(setting.create_job(allowed))["status"] == "ACTIVE"


class _Fixed:
    """A client whose jobs always name one role."""

    def __init__(self, client: Any, role_arn: str) -> None:
        self._client, self._role_arn = client, role_arn

    def create_batch_inference_job(self, **request: Any) -> Any:
        return self._client.create_batch_inference_job(**{**request, "roleArn": self._role_arn})


def test_a_job_writes_recommendations(local_aws: RunningAws, setting: Setting) -> None:
    job = setting.finish(setting.create_job())
    assert (job["status"], job.get("failureReason")) == ("ACTIVE", None)
    body = local_aws.client("s3").get_object(Bucket=setting.output, Key="out/users.json.out")
    record = json.loads(body["Body"].read())
    assert record["input"] == {"userId": "1"}
    assert len(record["output"]["recommendedItems"]) == 3


@pytest.mark.parametrize(
    ("side", "action"),
    [
        ("input", "s3:ListBucket"),
        ("input", "s3:GetObject"),
        ("output", "s3:ListBucket"),
        ("output", "s3:PutObject"),
    ],
)
def test_a_bucket_policy_must_allow_personalize(setting: Setting, side: str, action: str) -> None:
    bucket = getattr(setting, side)
    setting.without(setting.bucket_policies[bucket], action)
    job = setting.finish(setting.create_job())
    assert job["status"] == "CREATE FAILED"
    assert f"bucket policy of {bucket} does not allow personalize" in job["failureReason"]
    assert action in job["failureReason"]


def test_a_bucket_policy_of_another_account_does_not_count(setting: Setting) -> None:
    document = setting.bucket_policies[setting.input]
    for statement in document["Statement"][1:]:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": "111111111111"}}
    job = setting.finish(setting.create_job())
    assert "bucket policy" in job["failureReason"]


@pytest.mark.parametrize("action", ["s3:ListBucket", "s3:GetObject", "s3:PutObject"])
def test_the_role_must_allow_what_the_job_does(setting: Setting, action: str) -> None:
    setting.without(setting.role_policy, action)
    job = setting.finish(setting.create_job())
    assert job["status"] == "CREATE FAILED"
    assert f"no policy allows the role {setting.role_arn} {action}" in job["failureReason"]


def test_an_explicit_deny_of_the_bucket_wins(setting: Setting) -> None:
    document = setting.bucket_policies[setting.output]
    deny = copy.deepcopy(document["Statement"][-1])
    document["Statement"].append({**deny, "Effect": "Deny", "Sid": "Closed", "Principal": "*"})
    job = setting.finish(setting.create_job())
    assert "the statement Closed of the bucket policy denies" in job["failureReason"]


@pytest.mark.parametrize(
    "wrong",
    [
        trust({"Service": "sagemaker.amazonaws.com"}, SOURCE),
        trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
        trust(
            {"Service": "personalize.amazonaws.com"},
            {"StringEquals": {"aws:SourceAccount": "111111111111"}},
        ),
        trust(
            {"Service": "personalize.amazonaws.com"},
            {"ArnLike": {"aws:SourceArn": f"arn:aws:personalize:eu-west-1:{ACCOUNT}:*"}},
        ),
    ],
    ids=["other service", "no service", "other account", "other region"],
)
def test_the_role_must_trust_personalize(setting: Setting, wrong: dict[str, Any]) -> None:
    setting.trust = wrong
    with pytest.raises(ClientError, match="cannot be assumed by personalize"):
        setting.create_job()


def test_a_missing_bucket_is_named(local_aws: RunningAws, setting: Setting) -> None:
    anywhere = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    setting.role_policy["Statement"].append(anywhere)
    assert setting.finish(setting.create_job())["status"] == "ACTIVE"
    personalize = local_aws.client("personalize")
    answer = personalize.create_batch_inference_job(
        jobName=f"{setting.name}-2",
        solutionVersionArn=VERSION,
        roleArn=setting.role_arn,
        jobInput={"s3DataSource": {"path": f"s3://{setting.input}/in/users.json"}},
        jobOutput={"s3DataDestination": {"path": "s3://no-such-bucket/out/"}},
    )
    job = setting.finish(answer["batchInferenceJobArn"])
    assert "s3://no-such-bucket/" in job["failureReason"]
    assert "NoSuchBucket" in job["failureReason"]
