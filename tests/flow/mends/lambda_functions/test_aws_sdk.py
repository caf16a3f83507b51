"""The AWS SDK for JavaScript, as Node.js functions find it on AWS: without a package of npm."""

from __future__ import annotations

from typing import Any

from tests.support.flow.functions import Function
from tests.support.flow.running_aws import RunningAws

OBJECTS = """
const { S3Client, S3, NoSuchKey, ...commands } = require("@aws-sdk/client-s3");
const { PutObjectCommand, GetObjectCommand } = commands;
const client = new S3Client({});
exports.handler = async ({ Bucket }) => {
  const Key = "a folder/key";
  await client.send(new PutObjectCommand({ Bucket, Key, Body: "text", Metadata: { a: "b" } }));
  const got = await client.send(new GetObjectCommand({ Bucket, Key }));
  const s3 = new S3();
  const listed = await s3.listObjectsV2({ Bucket });
  let missing;
  try {
    await s3.getObject({ Bucket, Key: "none" });
  } catch (error) {
    missing = [error.name, error instanceof NoSuchKey, error.$metadata.httpStatusCode];
  }
  let head;
  try {
    await s3.headObject({ Bucket, Key: "none" });
  } catch (error) {
    head = error.name;
  }
  return {
    body: await got.Body.transformToString(),
    metadata: got.Metadata,
    isDate: got.LastModified instanceof Date,
    status: got.$metadata.httpStatusCode,
    keys: listed.Contents.map((one) => one.Key),
    missing,
    head,
  };
};
"""


def node(aws: RunningAws, files: Any, *statements: dict[str, Any], **options: Any) -> Function:
    return Function(aws, files, *statements, runtime="nodejs22.x", **options)


def test_calls_and_errors_look_as_those_of_the_sdk(local_aws: RunningAws, bucket: str) -> None:
    allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    assert node(local_aws, OBJECTS, allowed).result({"Bucket": bucket}) == {
        "body": "text",
        "metadata": {"a": "b"},
        "isDate": True,
        "status": 200,
        "keys": ["a folder/key"],
        "missing": ["NoSuchKey", True, 404],
        "head": "NotFound",
    }


def test_a_call_has_the_rights_of_the_functions_role(local_aws: RunningAws, bucket: str) -> None:
    error = node(local_aws, OBJECTS).error({"Bucket": bucket})
    assert error["errorType"] == "AccessDenied"
    assert "s3:PutObject" in error["errorMessage"]


def test_errors_of_the_query_protocol_have_the_names_of_their_shapes(
    local_aws: RunningAws,
) -> None:
    code = """
    const { IAM } = require("@aws-sdk/client-iam");
    exports.handler = async ({ RoleName, Other }) => {
      const iam = new IAM();
      const { Role } = await iam.getRole({ RoleName });
      try {
        await iam.getRole({ RoleName: Other });
      } catch (error) {
        return [JSON.parse(decodeURIComponent(Role.AssumeRolePolicyDocument)).Version, error.name];
      }
    };
    """
    allowed = {"Effect": "Allow", "Action": "iam:GetRole", "Resource": "*"}
    function = node(local_aws, code, allowed)
    role = function.client.get_function_configuration(FunctionName=function.name)["Role"]
    event = {"RoleName": role.rpartition("/")[2], "Other": "no-role-of-anybody"}
    assert function.result(event) == ["2012-10-17", "NoSuchEntityException"]


def test_a_module_of_the_new_kind_imports_it(local_aws: RunningAws) -> None:
    code = """
    import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
    import { DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
    import { InvocationType } from "@aws-sdk/client-lambda";
    export const handler = async () => {
      const client = new CloudWatchLogsClient({ region: "us-west-2" });
      const { logGroups } = await client.send(new DescribeLogGroupsCommand({}));
      return [logGroups.length, InvocationType.Event, await client.config.region()];
    };
    """
    allowed = {"Effect": "Allow", "Action": "logs:DescribeLogGroups", "Resource": "*"}
    function = node(local_aws, {"index.mjs": code}, allowed)
    assert function.result() == [0, "Event", "us-west-2"]


def test_credentials_of_another_role_can_be_used(local_aws: RunningAws) -> None:
    code = """
    const { STS } = require("@aws-sdk/client-sts");
    const { fromTemporaryCredentials } = require("@aws-sdk/credential-providers");
    exports.handler = async ({ RoleArn }) => {
      const credentials = fromTemporaryCredentials({ params: { RoleArn, RoleSessionName: "me" } });
      return (await new STS({ credentials }).getCallerIdentity({})).Arn;
    };
    """
    function = node(local_aws, code, {"Effect": "Allow", "Action": "sts:*", "Resource": "*"})
    role = function.client.get_function_configuration(FunctionName=function.name)["Role"]
    iam, name = local_aws.client("iam"), role.rpartition("/")[2]
    trust = {"Effect": "Allow", "Principal": {"AWS": role}, "Action": "sts:AssumeRole"}
    iam.update_assume_role_policy(
        RoleName=name,
        PolicyDocument=local_aws.policy(
            trust, {**trust, "Principal": {"Service": "lambda.amazonaws.com"}}
        ),
    )
    assert function.result({"RoleArn": role}).endswith(f":assumed-role/{name}/me")


def test_what_a_function_brings_goes_first(local_aws: RunningAws) -> None:
    files = {
        "index.js": "exports.handler = async () => require('@aws-sdk/client-s3').mine;\n",
        "node_modules/@aws-sdk/client-s3/index.js": "exports.mine = 'mine';\n",
    }
    assert node(local_aws, files).result() == "mine"


def test_a_package_that_is_missing_is_named_with_the_command(local_aws: RunningAws) -> None:
    error = node(local_aws, "require('@aws-sdk/lib-storage');\n").error()
    assert error["errorType"] == "Runtime.ImportModuleError"
    assert "Cannot find module '@aws-sdk/lib-storage'" in error["errorMessage"]
    assert "npm install @aws-sdk/lib-storage" in error["errorMessage"]
