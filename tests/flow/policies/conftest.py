"""One deployed stack, its policies to change, and uses of it that need them."""

# boto3 makes its clients at run time.
# ruff: noqa: ANN401

from __future__ import annotations

import itertools
import json
import re
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from personalize_batch_runtime import job
from personalize_batch_runtime._retry import Deadline
from personalize_local import catalog
from personalize_local.environment import ACCOUNT

# The fixture of ../conftest.py, whose class cannot be imported.
Aws = Any
# Policy, action, resource and principal.
Grant = tuple[str, str, str, str]
Statement = dict[str, Any]
# By type and name.
Resources = dict[tuple[str, str], str]

APP = Path(__file__).parents[1] / "apps" / "secure_app.py"
HASH = re.compile(r"[0-9A-F]{8}$")
SECONDS = 20


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def single(statement: Statement) -> Iterator[Statement]:
    """A statement as statements of one action, resource and principal each."""
    principals = [
        {kind: who}
        for kind, all_ in statement.get("Principal", {}).items()
        for who in as_list(all_)
    ]
    for action, resource, principal in itertools.product(
        as_list(statement["Action"]), as_list(statement.get("Resource")), principals or [None]
    ):
        parts = {"Action": action, "Resource": resource, "Principal": principal}
        yield {**statement, **{name: part for name, part in parts.items() if part is not None}}


class Policies:
    """The policies of the stack, by the construct that has them."""

    def __init__(self, aws: Aws, resources: Resources, names: dict[str, str]) -> None:
        self._iam, self._s3, self._kms = (aws.client(name) for name in ("iam", "s3", "kms"))
        # An ARN is the physical id of some; only its end is in the ARNs of the policies.
        ids = {physical.rpartition(":")[2]: name for (_, name), physical in resources.items()}
        self._names = ids | names
        self._statements: dict[str, list[Statement]] = {}
        self._put: dict[str, Callable[[str], object]] = {}
        for (type_, name), physical in resources.items():
            if type_ == "AWS::IAM::Role":
                self._add_role(name, physical)
            elif type_ == "AWS::S3::Bucket":
                policy = self._s3.get_bucket_policy(Bucket=physical)["Policy"]
                self._add(name, json.loads(policy), self._s3.put_bucket_policy, Bucket=physical)
            elif type_ == "AWS::KMS::Key":
                which = {"KeyId": physical, "PolicyName": "default"}
                policy = self._kms.get_key_policy(**which)["Policy"]
                self._add(name, json.loads(policy), self._kms.put_key_policy, **which)

    def short(self, text: str) -> str:
        """An ARN as a grant names it: what comes after the account, with names of constructs."""
        text = text.split(":", 5)[-1] if text.startswith("arn:") else text
        for physical, name in self._names.items():
            text = text.replace(physical, name)
        return text

    def grants(self) -> set[Grant]:
        """All that the constructs allow; the account's own rights to its keys are not theirs."""
        found = {
            self._grant(name, one)
            for name, statements in self._statements.items()
            for one in statements
            if one["Effect"] == "Allow"
        }
        return {grant for grant in found if grant[3] != "root"}

    @contextmanager
    def without(self, grant: Grant) -> Iterator[None]:
        """The policies without a grant."""
        with self._changed(grant, []):
            yield

    @contextmanager
    def for_others(self, grant: Grant) -> Iterator[list[str]]:
        """The policies with each condition of a grant for somebody else; tells the conditions."""
        changed = json.loads(json.dumps(self._find(grant)))
        conditions = changed.get("Condition", {})
        for keys in conditions.values():
            keys.update({key: others(value) for key, value in keys.items()})
        with self._changed(grant, [changed]):
            yield [key for keys in conditions.values() for key in keys]

    @contextmanager
    def _changed(self, grant: Grant, instead: list[Statement]) -> Iterator[None]:
        policy, statement = grant[0], self._find(grant)
        statements = self._statements[policy]
        left = [one for one in statements if one is not statement]
        try:
            self._write(policy, [*left, *instead])
            yield
        finally:
            self._write(policy, statements)

    def _find(self, grant: Grant) -> Statement:
        (found,) = (
            one for one in self._statements[grant[0]] if self._grant(grant[0], one) == grant
        )
        return found

    def _write(self, policy: str, statements: list[Statement]) -> None:
        self._put[policy](json.dumps({"Version": "2012-10-17", "Statement": statements}))

    def _add_role(self, name: str, physical: str) -> None:
        trust = self._iam.get_role(RoleName=physical)["Role"]["AssumeRolePolicyDocument"]
        put_trust = self._iam.update_assume_role_policy
        self._add(f"trust of {name}", trust, put_trust, RoleName=physical)
        (policy,) = self._iam.list_role_policies(RoleName=physical)["PolicyNames"]
        which = {"RoleName": physical, "PolicyName": policy}
        document = self._iam.get_role_policy(**which)["PolicyDocument"]
        self._add(name, document, self._iam.put_role_policy, **which)

    def _add(self, name: str, policy: Any, put: Callable[..., object], **which: str) -> None:
        self._statements[name] = [one for many in policy["Statement"] for one in single(many)]
        argument = "PolicyDocument" if "RoleName" in which else "Policy"
        self._put[name] = lambda text: put(**which, **{argument: text})

    def _grant(self, policy: str, one: Statement) -> Grant:
        (principal,) = one.get("Principal", {"": ""}).values()
        return policy, one["Action"], self.short(one.get("Resource", "")), self.short(principal)


class Runs:
    """Uses of the stack, `<what> <job>`; each returns why it failed, or nothing."""

    def __init__(self, aws: Aws, resources: Resources, stack: dict[str, Any]) -> None:
        self._aws, self._resources, self._stack_id = aws, resources, stack["StackId"]
        self.properties = {
            one["OutputKey"].removesuffix("Job"): json.loads(one["OutputValue"])
            for one in stack["Outputs"]
        }
        self._personalize, self._states = aws.client("personalize"), aws.client("stepfunctions")
        self._s3 = aws.client("s3")
        role_arn = f"arn:aws:iam::{ACCOUNT}:role/{resources['AWS::IAM::Role', 'RuntimeRole']}"
        session = aws.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="function")
        services = {"personalize": "personalize", "s3": "s3", "states": "stepfunctions"}
        once = Config(retries={"total_max_attempts": 1})
        self._clients = SimpleNamespace(
            **{
                name: aws.client(service, session["Credentials"], once)
                for name, service in services.items()
            }
        )
        self._mailbox = f"flow-{uuid.uuid4().hex[:8]}"
        self._s3.create_bucket(Bucket=self._mailbox)
        source = {"Bucket": resources["AWS::S3::Bucket", "Source"], "Key": "users/users.json"}
        self._s3.put_object(**source, Body=b'{"userId": "1"}\n')
        # The jobs that the other runs use, and their run keys.
        self._made: dict[str, tuple[str, str]] = {}
        for name in self.properties:
            assert self._create(name) is None

    def assets(self) -> dict[str, str]:
        """The names of the uploaded files, by bucket and key."""
        copies = {
            name: json.loads(one["InputCopy"])
            for name, one in self.properties.items()
            if "InputCopy" in one
        }
        return {
            f"{one['sourceBucket']}/{one['sourceKey']}": f"{name}Asset"
            for name, one in copies.items()
        }

    def __call__(self, run: str) -> str | None:
        what, name = run.split()
        failure: str | None = getattr(self, f"_{what}")(name)
        return failure

    def _create(self, name: str) -> str | None:
        """Has the function make a new job, and waits for its end."""
        run_key = uuid.uuid4().hex
        answer = self._ask(name, run_key, RequestType="Create")
        if answer["Status"] == "FAILED":
            return str(answer["Reason"])
        arn = str(answer["PhysicalResourceId"])
        self._made.setdefault(name, (arn, run_key))
        return self._end(arn)

    def _run(self, name: str) -> str | None:
        """Makes a job beside the function, which would look at the input first."""
        found = self._describe(self._made[name][0])
        names = ("solutionVersionArn", "numResults", "jobInput", "jobOutput", "roleArn")
        request = {one: found[one] for one in names if one in found}
        try:
            made = self._personalize.create_batch_inference_job(
                jobName=f"flow-{uuid.uuid4().hex}", **request
            )
        except ClientError as refusal:
            return str(refusal)
        return self._end(made["batchInferenceJobArn"])

    def _tag(self, name: str) -> str | None:
        """Has the function give a job one tag and take another one away."""
        arn, run_key = self._made[name]
        self._personalize.tag_resource(resourceArn=arn, tags=[{"tagKey": "old", "tagValue": ""}])
        old, new = {"Tags": '{"old": ""}'}, {"Tags": json.dumps({uuid.uuid4().hex: ""})}
        answer = self._ask(name, run_key, new, old, RequestType="Update", PhysicalResourceId=arn)
        return str(answer["Reason"]) if answer["Status"] == "FAILED" else None

    def _await(self, name: str) -> str | None:
        """Has the function start the state machine that waits for a job."""
        wait = json.loads(self.properties[name]["Wait"])
        wait["handleUrl"], _ = self._handle()
        new = {"Wait": json.dumps(wait)}
        answer = self._ask(name, self._made[name][1], new, RequestType="Create")
        return str(answer["Reason"]) if answer["Status"] == "FAILED" else None

    def _watch(self, name: str) -> str | None:
        """Starts that state machine for a job that has ended, and reads what it signals."""
        url, key = self._handle()
        asked = {"jobArn": self._made[name][0], "jobName": name, "handleUrl": url}
        started = self._states.start_execution(
            stateMachineArn=json.loads(self.properties[name]["Wait"])["stateMachineArn"],
            input=json.dumps({**asked, "seconds": 60, "intervalSeconds": 1}),
        )
        ended = self._until(
            lambda: self._states.describe_execution(executionArn=started["executionArn"]),
            lambda found: found["status"] != "RUNNING",
        )
        if ended["status"] != "SUCCEEDED":
            return str(ended["cause"])
        body = self._s3.get_object(Bucket=self._mailbox, Key=key)["Body"].read().decode()
        return None if json.loads(body)["Status"] == "SUCCESS" else str(body)

    def _handle(self) -> tuple[str, str]:
        """The presigned URL of a new object, and its key."""
        key = uuid.uuid4().hex
        place = {"Bucket": self._mailbox, "Key": key}
        return self._s3.generate_presigned_url("put_object", place), key

    def _ask(
        self,
        name: str,
        run_key: str,
        new: dict[str, str] | None = None,
        old: dict[str, str] | None = None,
        **event: str,
    ) -> Any:
        """Has the function answer a request of CloudFormation, as its role and in this process."""
        properties = {key: one for key, one in self.properties[name].items() if key != "Wait"}
        answers: list[Any] = []
        job.dispatch(
            {
                "ResponseURL": "https://answer.invalid/",
                "StackId": self._stack_id,
                "RequestId": uuid.uuid4().hex,
                "LogicalResourceId": name,
                "ResourceProperties": {
                    **properties,
                    "Tags": '{"team": "films"}',
                    "RunKey": run_key,
                    **(new or {}),
                },
                "OldResourceProperties": old or {},
                **event,
            },
            clients=self._clients,
            deadline=Deadline(lambda: 600_000, sleep=lambda _: None),
            put=lambda _, body: answers.append(json.loads(body)),
        )
        return answers[0]

    def _end(self, arn: str) -> str | None:
        """Waits for the end of a job."""
        ended = self._until(
            lambda: self._describe(arn),
            lambda found: found["status"] in ("ACTIVE", "CREATE FAILED"),
        )
        return None if ended["status"] == "ACTIVE" else str(ended["failureReason"])

    def _describe(self, arn: str) -> dict[str, Any]:
        if ":batch-segment-job/" in arn:
            found = self._personalize.describe_batch_segment_job(batchSegmentJobArn=arn)
            return dict(found["batchSegmentJob"])
        found = self._personalize.describe_batch_inference_job(batchInferenceJobArn=arn)
        return dict(found["batchInferenceJob"])

    @staticmethod
    def _until(look: Callable[[], Any], is_over: Callable[[Any], bool]) -> Any:
        deadline = time.monotonic() + SECONDS
        while not is_over(found := look()):
            assert time.monotonic() < deadline, found
            time.sleep(0.02)
        return found


@pytest.fixture(scope="module")
def deployed(
    local_aws: Aws, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Policies, Runs]]:
    """The stack, deployed by the CDK CLI; waits of its state machines take no time."""
    name = f"Secure{uuid.uuid4().hex[:8]}"
    versions = {
        one.recipe.name: one.arn
        for one in catalog.solution_versions(ACCOUNT, local_aws.local_aws.region)
        if one.status == catalog.ACTIVE
    }
    users = versions["aws-user-personalization-v2"]
    environ = {
        "STACK": name,
        "INFERENCE_VERSION": users,
        "SEGMENT_VERSION": versions["aws-item-affinity"],
        "SOLUTION": users.rpartition("/")[0],
    }
    command = ["cdk", "deploy", "--app", f"{sys.executable} {APP}", "--require-approval", "never"]
    command += ["--output", str(tmp_path_factory.mktemp("secure"))]
    done = local_aws.run(command, env={**local_aws.environment, **environ})
    assert done.returncode == 0, done.stdout + done.stderr
    client = local_aws.client("cloudformation")
    (stack,) = client.describe_stacks(StackName=name)["Stacks"]
    resources = {
        (one["ResourceType"], short_name(one["LogicalResourceId"])): one["PhysicalResourceId"]
        for one in client.describe_stack_resources(StackName=name)["StackResources"]
    }
    local_aws.control.scale_waits(0.001)
    try:
        runs = Runs(local_aws, resources, stack)
        yield Policies(local_aws, resources, runs.assets()), runs
    finally:
        local_aws.control.scale_waits(1)


def others(value: str) -> str:
    """The same of another account or service."""
    return value.replace(ACCOUNT, "9" * len(ACCOUNT)).replace("personalize.", "glue.")


def short_name(logical_id: str) -> str:
    return HASH.sub("", logical_id).removeprefix("PersonalizeBatch")
