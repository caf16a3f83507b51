"""Synthesizes one app, named on the command line, and prints the sizes of its template as JSON.

Each app is what somebody would write to have batch jobs made; they differ in nothing else.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import aws_cdk as cdk

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_

App: TypeAlias = Callable[[cdk.Stack], None]

RUNTIME = Path(__file__).resolve().parents[1] / "lambda"
VERSION = "arn:aws:personalize:eu-west-1:123456789012:solution/films/1"
MANY = 100
# Where the environment says which template `one_template` makes again.
TEMPLATE = "BENCHMARK_TEMPLATE"


def empty(stack: cdk.Stack) -> None:
    """Nothing: the floor."""


def one_job(stack: cdk.Stack) -> None:
    """One of our jobs."""
    _jobs(stack, 1)


def many_jobs(stack: cdk.Stack) -> None:
    """A hundred of our jobs on one storage."""
    _jobs(stack, MANY)


def _jobs(stack: cdk.Stack, count: int) -> None:
    from cdk_personalize_batch import BatchInferenceJob, BatchStorage, JobInput, SolutionVersion

    storage = BatchStorage(stack, "Storage")
    job_input = JobInput.from_bucket(storage.input_bucket, prefix="users/")
    for number in range(count):
        BatchInferenceJob(
            stack,
            f"Job{number}",
            solution_version=SolutionVersion.from_arn(VERSION),
            job_input=job_input,
            storage=storage,
            run_key=str(number),
        )


def one_template(stack: cdk.Stack) -> None:
    """The resources of a template again, each with nothing but `CfnResource`."""
    template = json.loads(Path(os.environ[TEMPLATE]).read_text(encoding="utf-8"))
    for name, one in template["Resources"].items():
        made = cdk.CfnResource(stack, name, type=one["Type"], properties=one.get("Properties", {}))
        for key in one.keys() - {"Type", "Properties"}:
            made.add_override(key, one[key])
        made.override_logical_id(name)


def one_custom_resource(stack: cdk.Stack) -> None:
    """One custom resource on a function, without any construct of ours."""
    _custom_resources(stack, 1)


def custom_resources(stack: cdk.Stack) -> None:
    """A hundred custom resources on the same function, without any construct of ours."""
    _custom_resources(stack, MANY)


def one_by_hand(stack: cdk.Stack) -> None:
    """One custom resource, with the role, buckets and policies that our storage makes."""
    _storage(stack)
    _custom_resources(stack, 1)


def by_hand(stack: cdk.Stack) -> None:
    """A hundred custom resources, with the role, buckets and policies that our storage makes."""
    _storage(stack)
    _custom_resources(stack, MANY)


def _custom_resources(stack: cdk.Stack, count: int) -> None:
    function = _lambda(stack, "Function").function_arn
    for number in range(count):
        cdk.CustomResource(
            stack,
            f"Job{number}",
            service_token=function,
            resource_type="Custom::BatchInferenceJob",
            properties={**_request(), "RunKey": str(number)},
        )


def _storage(stack: cdk.Stack) -> None:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_s3 as s3

    def bucket(name: str, logs: s3.Bucket | None = None) -> s3.Bucket:
        return s3.Bucket(
            stack,
            name,
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            server_access_logs_bucket=logs,
        )

    service = iam.ServicePrincipal("personalize.amazonaws.com")
    role = iam.Role(stack, "Role", assumed_by=service)
    logs = bucket("Logs")
    for name, action in (("Input", "s3:GetObject"), ("Output", "s3:PutObject")):
        made = bucket(name, logs)
        for actions, resource in (
            ([action], made.arn_for_objects("*")),
            (["s3:ListBucket"], made.bucket_arn),
        ):
            role.add_to_policy(iam.PolicyStatement(actions=actions, resources=[resource]))
            made.add_to_resource_policy(
                iam.PolicyStatement(actions=actions, resources=[resource], principals=[service])
            )


def one_aws_custom_resource(stack: cdk.Stack) -> None:
    """One AwsCustomResource that makes the call."""
    _aws_custom_resources(stack, 1)


def aws_custom_resources(stack: cdk.Stack) -> None:
    """A hundred AwsCustomResources that make the call."""
    _aws_custom_resources(stack, MANY)


def _aws_custom_resources(stack: cdk.Stack, count: int) -> None:
    from aws_cdk import custom_resources as cr

    for number in range(count):
        name = f"job-{number}"
        cr.AwsCustomResource(
            stack,
            f"Job{number}",
            policy=cr.AwsCustomResourcePolicy.from_sdk_calls(resources=["*"]),
            on_create=cr.AwsSdkCall(
                service="Personalize",
                action="createBatchInferenceJob",
                parameters={**_request(), "jobName": name},
                physical_resource_id=cr.PhysicalResourceId.of(name),
            ),
        )


def one_provider(stack: cdk.Stack) -> None:
    """One custom resource behind a Provider that waits."""
    _providers(stack, 1)


def providers(stack: cdk.Stack) -> None:
    """A hundred custom resources behind one Provider that waits."""
    _providers(stack, MANY)


def _providers(stack: cdk.Stack, count: int) -> None:
    from aws_cdk import custom_resources as cr

    on_event, is_complete = (_lambda(stack, name) for name in ("OnEvent", "IsComplete"))
    provider = cr.Provider(
        stack, "Provider", on_event_handler=on_event, is_complete_handler=is_complete
    )
    for number in range(count):
        cdk.CustomResource(
            stack,
            f"Job{number}",
            service_token=provider.service_token,
            properties={**_request(), "RunKey": str(number)},
        )


def _lambda(stack: cdk.Stack, name: str) -> lambda_.Function:
    from aws_cdk import aws_lambda

    return aws_lambda.Function(
        stack,
        name,
        code=aws_lambda.Code.from_asset(str(RUNTIME)),
        handler="personalize_batch_runtime.job.handler",
        runtime=aws_lambda.Runtime.PYTHON_3_14,
    )


def _request() -> dict[str, object]:
    return {
        "solutionVersionArn": VERSION,
        "roleArn": "arn:aws:iam::123456789012:role/personalize",
        "jobInput": {"s3DataSource": {"path": "s3://films-input/users/"}},
        "jobOutput": {"s3DataDestination": {"path": "s3://films-output/users/"}},
    }


APPS: dict[str, App] = {
    function.__name__: function
    for function in (
        empty,
        one_job,
        many_jobs,
        one_template,
        one_custom_resource,
        custom_resources,
        one_by_hand,
        by_hand,
        one_aws_custom_resource,
        aws_custom_resources,
        one_provider,
        providers,
    )
}


def main() -> None:
    """Synthesizes the app and prints what its template holds."""
    app = cdk.App()
    stack = cdk.Stack(app, "Stack")
    APPS[sys.argv[1]](stack)
    template = app.synth().get_stack_by_name("Stack").template
    types = Counter(one["Type"] for one in template.get("Resources", {}).values())
    print(
        json.dumps(
            {
                "resources": types.total(),
                "functions": types["AWS::Lambda::Function"],
                "bytes": len(json.dumps(template, separators=(",", ":"))),
            }
        )
    )


if __name__ == "__main__":
    main()
