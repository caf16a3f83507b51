"""Uses of a deployed stack that need its policies."""

from __future__ import annotations

import json
import uuid
from types import SimpleNamespace
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError

from personalize_batch_runtime import job
from personalize_batch_runtime._retry import Deadline
from personalize_local.host.environment import ACCOUNT
from tests.support.flow.library.policies import Resources
from tests.support.flow.running_aws import RunningAws
from tests.support.waiting import wait_for


class _UnderWay:
    """Shows the deployed stack and its resources as they were while they were created."""

    def __init__(self, client: Any, known: str) -> None:
        self._client, self._known = client, known

    def describe_stacks(self, **request: str) -> Any:
        (stack,) = self._client.describe_stacks(**request)["Stacks"]
        return {"Stacks": [{**stack, "StackStatus": "CREATE_IN_PROGRESS"}]}

    def describe_stack_resource(self, **request: str) -> Any:
        # A resource that the stack has, whatever the event is about.
        self._client.describe_stack_resource(**{**request, "LogicalResourceId": self._known})
        return {"StackResourceDetail": {"ResourceStatus": "CREATE_IN_PROGRESS"}}


class Runs:
    """Uses of the stack, `<what> <job>`; each returns why it failed, or nothing."""

    def __init__(self, aws: RunningAws, resources: Resources, stack: dict[str, Any]) -> None:
        self._aws, self._resources, self._stack_id = aws, resources, stack["StackId"]
        self.properties = {
            one["OutputKey"].removesuffix("Job"): json.loads(one["OutputValue"])
            for one in stack["Outputs"]
        }
        self._personalize, self._states = aws.client("personalize"), aws.client("stepfunctions")
        self._s3 = aws.client("s3")
        role_arn = f"arn:aws:iam::{ACCOUNT}:role/{resources['AWS::IAM::Role', 'RuntimeRole']}"
        session = aws.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="function")
        services = {
            "personalize": "personalize",
            "s3": "s3",
            "states": "stepfunctions",
            "cloudformation": "cloudformation",
        }
        once = Config(retries={"total_max_attempts": 1})
        self._clients: Any = SimpleNamespace(
            **{
                name: aws.client(service, session["Credentials"], once)
                for name, service in services.items()
            }
        )
        resource, *_ = aws.client("cloudformation").describe_stack_resources(
            StackName=self._stack_id
        )["StackResources"]
        self._clients.cloudformation = _UnderWay(
            self._clients.cloudformation, resource["LogicalResourceId"]
        )
        self._mailbox = f"flow-{uuid.uuid4().hex[:8]}"
        self._s3.create_bucket(Bucket=self._mailbox)
        source = {"Bucket": resources["AWS::S3::Bucket", "Source"], "Key": "users/users.json"}
        self._s3.put_object(**source, Body=b'{"userId": "1"}\n')
        # The jobs that the other runs use, and their run keys.
        self._made: dict[str, tuple[str, str]] = {}
        for name in self.properties:
            assert self._create(name) is None

    def names(self) -> dict[str, str]:
        """What ARNs of policies say of the uploaded files and of the stack, by bucket and key."""
        copies = {
            name: one["InputCopy"] for name, one in self.properties.items() if "InputCopy" in one
        }
        assets = {
            f"{one['sourceBucket']}/{one['sourceKey']}": f"{name}Asset"
            for name, one in copies.items()
        }
        return {**assets, self._stack_id.rpartition(":")[2]: "stack"}

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
        old, new = ({"JobTags": [{"key": key, "value": ""}]} for key in ("old", uuid.uuid4().hex))
        answer = self._ask(name, run_key, new, old, RequestType="Update", PhysicalResourceId=arn)
        return str(answer["Reason"]) if answer["Status"] == "FAILED" else None

    def _await(self, name: str) -> str | None:
        """Has the function start the state machine that waits for a job."""
        new = {"Waiter": {**self.properties[name]["Waiter"], "handleUrl": self._handle()[0]}}
        answer = self._ask(name, self._made[name][1], new, RequestType="Create")
        return str(answer["Reason"]) if answer["Status"] == "FAILED" else None

    def _watch(self, name: str) -> str | None:
        """Starts that state machine for a job that has ended, and reads what it signals."""
        url, key = self._handle()
        asked = {"jobArn": self._made[name][0], "jobName": name, "handleUrl": url}
        started = self._states.start_execution(
            stateMachineArn=self.properties[name]["Waiter"]["stateMachineArn"],
            input=json.dumps({**asked, "seconds": 60, "intervalSeconds": 1}),
        )
        ended = wait_for(
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
        new: dict[str, Any] | None = None,
        old: dict[str, Any] | None = None,
        **event: str,
    ) -> Any:
        """Has the function answer a request of CloudFormation, as its role and in this process."""
        properties = {key: one for key, one in self.properties[name].items() if key != "Waiter"}
        answers: list[Any] = []
        job.dispatch(
            {
                "ResponseURL": "https://answer.invalid/",
                "StackId": self._stack_id,
                "RequestId": uuid.uuid4().hex,
                "LogicalResourceId": name,
                "ResourceProperties": {
                    **properties,
                    "JobTags": [{"key": "team", "value": "films"}],
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
        ended = wait_for(
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
