"""AWS's own managed policies."""

from __future__ import annotations

import uuid

import pytest
from botocore.exceptions import ClientError

from tests.support.flow.running_aws import RunningAws

# What the users of these services attach, with an action that each allows.
ATTACHED = {
    "AWSLambda_FullAccess": "lambda:*",
    "AWSStepFunctionsFullAccess": "states:*",
    "AmazonAthenaFullAccess": "athena:*",
    "AmazonEventBridgeFullAccess": "events:*",
    "AmazonS3FullAccess": "s3:*",
    "AmazonS3ReadOnlyAccess": "s3:Get*",
    "CloudWatchLogsFullAccess": "logs:*",
    "AWSXRayDaemonWriteAccess": "xray:PutTraceSegments",
    "service-role/AWSGlueServiceRole": "glue:*",
    "service-role/AWSLambdaBasicExecutionRole": "logs:CreateLogGroup",
    "service-role/AWSLambdaRole": "lambda:InvokeFunction",
    "service-role/AWSLambdaVPCAccessExecutionRole": "ec2:CreateNetworkInterface",
    "service-role/AmazonPersonalizeFullAccess": "personalize:*",
}


@pytest.mark.parametrize("name", ATTACHED)
def test_a_policy_has_its_document(local_aws: RunningAws, name: str) -> None:
    iam = local_aws.client("iam")
    policy = iam.get_policy(PolicyArn=f"arn:aws:iam::aws:policy/{name}")["Policy"]
    assert policy["Path"] + policy["PolicyName"] == f"/{name}"
    version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])[
        "PolicyVersion"
    ]
    allowed: set[str] = set()
    for statement in version["Document"]["Statement"]:
        actions = statement["Action"]
        allowed.update([actions] if isinstance(actions, str) else actions)
    assert ATTACHED[name] in allowed


def test_the_policy_of_personalize_allows_buckets_with_its_name(local_aws: RunningAws) -> None:
    credentials = local_aws.assume_new_role()
    who = local_aws.client("sts", credentials).get_caller_identity()["Arn"]
    local_aws.client("iam").attach_role_policy(
        RoleName=who.split("/")[1],
        PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonPersonalizeFullAccess",
    )
    s3, own = local_aws.client("s3"), local_aws.client("s3", credentials)
    end = uuid.uuid4().hex[:8]
    for bucket in (f"personalize-{end}", f"other-{end}"):
        s3.create_bucket(Bucket=bucket)
    own.put_object(Bucket=f"personalize-{end}", Key="users.json", Body=b"{}")
    with pytest.raises(ClientError, match="s3:PutObject"):
        own.put_object(Bucket=f"other-{end}", Key="users.json", Body=b"{}")


def test_they_are_there_after_a_reset(own_aws: RunningAws) -> None:
    own_aws.control.reset()
    arn = "arn:aws:iam::aws:policy/AmazonAthenaFullAccess"
    assert own_aws.client("iam").get_policy(PolicyArn=arn)["Policy"]["Arn"] == arn
