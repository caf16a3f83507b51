"""A custom resource on the local AWS: from its start to its answer, the function being warm."""

from __future__ import annotations

import io
import itertools
import json
import shutil
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final

import boto3

from benchmarks.figures import Figure, Section
from benchmarks.measuring import ROOT, in_rounds
from personalize_local import instance
from personalize_local.catalog import solutions
from personalize_local.host.environment import ACCOUNT, DEFAULT_REGION
from personalize_local.host.processes import Signals, end_child

_STACK: Final = "PersonalizeBatch"
_RECIPE: Final = "aws-user-personalization-v2"
# A call takes milliseconds, so there is time for more rounds than elsewhere.
_MORE_ROUNDS: Final = 6
_BARE: Final = "the create call alone"
_MINIMAL: Final = "a function that only creates and answers"
_OURS: Final = "from start to answer"
_UNCHECKED: Final = "from start to answer, preflight=False"
_HANDLER: Final = """\
import json, urllib.request
import boto3
client = boto3.client("personalize")
def handler(event, context):
    request = json.loads(event["ResourceProperties"]["Request"])
    arn = client.create_batch_inference_job(**request)["batchInferenceJobArn"]
    answer = {"Status": "SUCCESS", "PhysicalResourceId": arn}
    answer |= {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    body = json.dumps(answer).encode()
    put = urllib.request.Request(
        event["ResponseURL"], data=body, method="PUT", headers={"Content-Type": ""})
    urllib.request.urlopen(put).close()
"""


def measure(rounds: int, scale: float) -> list[Section]:
    """Measures the function that the example app deploys.

    Args:
        rounds: How many rounds.
        scale: Is not used.
    """
    with _local_aws() as environ:
        stack = _Stack(environ)
        tasks = {
            _BARE: stack.task(stack.create),
            _MINIMAL: stack.task(lambda: stack.invoke(stack.minimal, stack.minimal_properties())),
            _OURS: stack.task(lambda: stack.invoke(stack.function, stack.properties())),
            _UNCHECKED: stack.task(
                lambda: stack.invoke(stack.function, stack.properties(Preflight="false"))
            ),
        }
        for task in tasks.values():
            task()
        found = in_rounds(rounds * _MORE_ROUNDS, tasks)
    took = {name: median(seconds) for name, seconds in found.items()}
    return [
        Section(
            "Custom resource on the local AWS",
            "From the invocation of the deployed, warm function to the end of it, after its "
            "answer has been put; IAM is enforced and everything speaks TLS. Ours looks whether "
            "the job exists, at the stack, the solution version and the input, and copies the "
            "input.",
            tuple(
                Figure(name, took[name], "s", base, took[base])
                for name in (_OURS, _UNCHECKED)
                for base in (_BARE, _MINIMAL)
            ),
        )
    ]


@contextmanager
def _local_aws() -> Iterator[dict[str, str]]:
    # Never entered: Ctrl-C ends the run.
    signals = Signals()
    folder = Path(tempfile.mkdtemp(prefix="personalize-bench-"))
    try:
        started, server = instance.start(
            folder, region=DEFAULT_REGION, job_seconds=0, signals=signals
        )
        try:
            instance.bootstrap(started, signals)
            yield started.environment()
        finally:
            end_child(server)
    finally:
        shutil.rmtree(folder)


class _Stack:
    """The example app, deployed, and a minimal function beside its own."""

    def __init__(self, environ: dict[str, str]) -> None:
        self._session = boto3.Session(
            environ["AWS_ACCESS_KEY_ID"],
            environ["AWS_SECRET_ACCESS_KEY"],
            region_name=DEFAULT_REGION,
        )
        self._environ = environ
        self._clients: dict[str, Any] = {}
        self._numbers = itertools.count()
        self._properties = self._deploy()
        self.function = self._properties["ServiceToken"]
        (listed,) = self.client("personalize").list_batch_inference_jobs()["batchInferenceJobs"]
        job = self._described(listed["batchInferenceJobArn"])
        kept = ("solutionVersionArn", "roleArn", "jobInput", "jobOutput")
        self._request = {name: job[name] for name in kept}
        self.minimal = self._make_minimal()

    def task(self, create: Callable[[], str]) -> Callable[[], float]:
        """Returns a task that makes a job; the end of the job is waited for, but not measured."""

        def run() -> float:
            started = time.perf_counter()
            arn = create()
            seconds = time.perf_counter() - started
            while self._described(arn)["status"] not in {"ACTIVE", "CREATE FAILED"}:
                time.sleep(0.01)
            return seconds

        return run

    def create(self) -> str:
        """Creates a job without any function."""
        answer = self.client("personalize").create_batch_inference_job(**self._next_request())
        return str(answer["batchInferenceJobArn"])

    def minimal_properties(self) -> dict[str, str]:
        """Returns the properties that make the minimal function create another job."""
        return {"Request": json.dumps(self._next_request())}

    def properties(self, **changed: str) -> dict[str, Any]:
        """Returns the properties that make our function create another job."""
        return {**self._properties, "RunKey": str(next(self._numbers)), **changed}

    def invoke(self, function: str, properties: dict[str, Any]) -> str:
        """Invokes a function as CloudFormation does, and returns the ARN of the job."""
        number = next(self._numbers)
        place = {"Bucket": self._output_bucket, "Key": f"answers/{number}.json"}
        s3 = self.client("s3")
        event = {
            "RequestType": "Create",
            "ResponseURL": s3.generate_presigned_url("put_object", place),
            "StackId": self._stack_id,
            "RequestId": f"request-{number}",
            "LogicalResourceId": "Job",
            "ResourceProperties": properties,
        }
        self.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
        answer = json.loads(s3.get_object(**place)["Body"].read())
        assert answer["Status"] == "SUCCESS", answer
        return str(answer["PhysicalResourceId"])

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 is untyped
        """Returns a client of the account's root."""
        if service not in self._clients:
            self._clients[service] = self._session.client(
                service,
                endpoint_url=self._environ["AWS_ENDPOINT_URL"],
                verify=self._environ["AWS_CA_BUNDLE"],
            )
        return self._clients[service]

    @property
    def _output_bucket(self) -> str:
        return str(self._properties["OutputPrefix"]).removeprefix("s3://").partition("/")[0]

    def _next_request(self) -> dict[str, Any]:
        return {**self._request, "jobName": f"bench-{next(self._numbers)}"}

    def _described(self, arn: str) -> dict[str, Any]:
        answer = self.client("personalize").describe_batch_inference_job(batchInferenceJobArn=arn)
        found: dict[str, Any] = answer["batchInferenceJob"]
        return found

    def _deploy(self) -> dict[str, Any]:
        """Deploys the app and returns the properties that its custom resource got."""
        versions = solutions.solution_versions(ACCOUNT, DEFAULT_REGION)
        version = next(one.arn for one in versions if one.recipe.name == _RECIPE)
        command = ["cdk", "deploy", "--require-approval", "never", "--no-notices"]
        with tempfile.TemporaryDirectory() as output:
            command += ["--output", output, "-c", f"solution_version_arn={version}"]
            subprocess.run(command, cwd=ROOT, env=self._environ, check=True, capture_output=True)
            template = json.loads((Path(output) / f"{_STACK}.template.json").read_text())
        cloudformation = self.client("cloudformation")
        listed = cloudformation.list_stack_resources(StackName=_STACK)["StackResourceSummaries"]
        ids = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in listed}
        (resource,) = (
            one for one in template["Resources"].values() if one["Type"].startswith("Custom::P")
        )
        self._stack_id = self._keep_under_way(template)
        properties: dict[str, Any] = self._resolved(resource["Properties"], ids)
        return properties

    def _keep_under_way(self, template: dict[str, Any]) -> str:
        """Has the stack wait for what never comes, as no job is created in one that is done."""
        template["Resources"] |= {
            "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
            "Pending": {
                "Type": "AWS::CloudFormation::WaitCondition",
                "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "43200"},
            },
        }
        updated = self.client("cloudformation").update_stack(
            StackName=_STACK,
            TemplateBody=json.dumps(template),
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        return str(updated["StackId"])

    def _resolved(self, value: Any, ids: dict[str, str]) -> Any:  # noqa: ANN401 - any JSON
        """Does what CloudFormation does, as far as this template needs it."""
        match value:
            case {"Fn::Join": ["", parts]}:
                return "".join(str(self._resolved(part, ids)) for part in parts)
            case {"Fn::Sub": str(text)}:
                return text.replace("${AWS::AccountId}", ACCOUNT)
            case {"Fn::GetAtt": [str(name), "Arn"]} if "Role" in name:
                return str(self.client("iam").get_role(RoleName=ids[name])["Role"]["Arn"])
            case {"Fn::GetAtt": [str(name), "Arn"]} | {"Ref": str(name)}:
                return ids[name]
            case dict():
                return {key: self._resolved(one, ids) for key, one in value.items()}
        return str(value)

    def _make_minimal(self) -> str:
        client = self.client("lambda")
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            # Lambda runs a function as another user than the owner of its files.
            entry = zipfile.ZipInfo("index.py")
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, _HANDLER)
        role = client.get_function_configuration(FunctionName=self.function)["Role"]
        made = client.create_function(
            FunctionName="bench-minimal",
            Runtime="python3.13",
            Handler="index.handler",
            Role=role,
            Code={"ZipFile": code.getvalue()},
            Timeout=60,
        )
        return str(made["FunctionName"])
