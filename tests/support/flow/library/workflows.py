"""One stack of workflows, and their executions."""

from __future__ import annotations

import json
import sys
import uuid
from pathlib import Path
from typing import Any

from personalize_local.catalog import solutions
from personalize_local.host.environment import ACCOUNT
from tests.support import ROOT
from tests.support.flow.functions import package
from tests.support.flow.running_aws import RunningAws
from tests.support.waiting import wait_for

APP = ROOT / "tests/flow/apps" / "workflow_app.py"
RUNTIME = ROOT / "lambda"
VERSIONS = {
    one.recipe.name: one.arn
    for one in solutions.solution_versions(ACCOUNT, "us-east-1")
    if one.status == "ACTIVE"
}
VERSION = VERSIONS["aws-user-personalization-v2"]
SOLUTION = VERSION.rpartition("/")[0]
USERS = b'{"userId":"1"}\n{"userId":"2"}\n'
# Long enough for a run that nothing holds.
LATE_SECONDS = 30
# Two minutes between two looks become half a second.
SCALE = 0.004

_SIMPLE = ("Once", "Fails", "Busy", "Twice", "Lost", "Redriven", "Other", "Alone", "Checked")
_SHARDED = ("Few", "ShardFails", "Broken", "Many")
WORKFLOWS: dict[str, dict[str, Any]] = {
    **{name: {"version": VERSION} for name in _SIMPLE},
    "Late": {"version": VERSION, "timeout": LATE_SECONDS},
    "Newest": {"solution": SOLUTION, "num_results": 3, "tags": {"team": "films"}},
    "Scheduled": {"version": VERSION, "schedule": "rate(365 days)"},
    "Arrives": {"version": VERSION, "on_input": {"quiet_period": 10}, "poll_interval": 1},
    "Uploaded": {"version": VERSION, "on_input": {"success_key": "_SUCCESS"}},
    "Untrained": {"solution": SOLUTION.rpartition("/")[0] + "/local-not-ready"},
}
# In a stack of their own: a template has 1 MB at most.
MORE: dict[str, dict[str, Any]] = {
    **{name: {"version": VERSION} for name in _SHARDED},
    "Encrypted": {"version": VERSION, "encrypted": True},
    "Segments": {
        "segment": True,
        "version": VERSIONS["aws-item-affinity"],
        "table_of": "tabled",
    },
    "Attributes": {
        "segment": True,
        "version": VERSIONS["aws-item-attribute-affinity"],
        "table_of": "tabled",
    },
    "Tabled": {"version": VERSION, "table_of": "tabled"},
    "Similar": {"version": VERSIONS["aws-similar-items"], "table_of": "tabled"},
}


# Has S3 fail at the first attempt of a task, and the time run out.
UNSTEADY = """

from personalize_batch_runtime._errors import OutOfTime
from personalize_batch_runtime._shards.errors import S3Failed

_answer, _seen = handler, set()
_FAILURES = {"plan": S3Failed, "copy": OutOfTime}


def handler(event, context):
    about = str(event)
    if "/Unsteady/" in about and event["task"] in _FAILURES and about not in _seen:
        _seen.add(about)
        raise _FAILURES[event["task"]]("as told")
    return _answer(event, context)
"""


class Workflows:
    """A stack with workflows, and their executions."""

    version = VERSION

    def __init__(self, aws: RunningAws, folder: Path) -> None:
        self.aws, self.stack = aws, f"Flows{uuid.uuid4().hex[:8]}"
        outputs = folder / f"{self.stack}.json"
        described = {"stack": self.stack, "workflows": WORKFLOWS, "more": MORE}
        command = ["cdk", "deploy", "--app", f"{sys.executable} {APP}"]
        command += ["--require-approval", "never", "--output", str(folder / self.stack)]
        command += ["--all"]
        command += ["--outputs-file", str(outputs)]
        done = aws.run(command, env={"WORKFLOWS": json.dumps(described)})
        assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
        stacks = json.loads(outputs.read_text(encoding="utf-8"))
        self._outputs = stacks[f"{self.stack}More"] | stacks[self.stack]
        self.client, self.s3 = aws.client("stepfunctions"), aws.client("s3")
        self.bucket = self._outputs["InputBucket"]
        for name in (*_SIMPLE, "Late", "Newest", "Scheduled", "Untrained"):
            self.put(name, "a.json", USERS)
        self.put("Segments", "a.json", b'{"itemId":"1001"}\n')
        self.shards = self._change_shards()
        self.late = self._start_late()

    def machine(self, name: str) -> str:
        return str(self._outputs[f"{name}Machine"])

    def name_of(self, name: str) -> str:
        """What the folders, the jobs and the metrics of a workflow are named after."""
        return self.machine(name).rpartition(":")[2]

    def put(self, name: str, key: str, content: bytes) -> None:
        bucket = self._outputs.get(f"{name}Bucket", self.bucket)
        self.s3.put_object(Bucket=bucket, Key=f"in/{name}/{key}", Body=content)

    def empty(self, name: str) -> None:
        """Removes what lies in the folder of a workflow, or below it."""
        for key in self.keys(f"s3://{self.bucket}/in/{name}/"):
            self.s3.delete_object(Bucket=self.bucket, Key=f"in/{name}/{key}")

    def output_of(self, name: str) -> str:
        """An output of the stack."""
        return str(self._outputs[name])

    def start(self, name: str, execution: str | None = None, **content: Any) -> str:
        answer = self.client.start_execution(
            stateMachineArn=self.machine(name),
            name=execution or uuid.uuid4().hex,
            input=json.dumps(content),
        )
        return str(answer["executionArn"])

    def finish(self, execution: str) -> dict[str, Any]:
        """How an execution has ended."""

        def look() -> dict[str, Any]:
            return dict(self.client.describe_execution(executionArn=execution))

        return wait_for(look, lambda found: found["status"] != "RUNNING")

    def run(self, name: str, execution: str | None = None, **content: Any) -> dict[str, Any]:
        return self.finish(self.start(name, execution, **content))

    def output(self, name: str, **content: Any) -> dict[str, Any]:
        ended = self.run(name, **content)
        assert ended["status"] == "SUCCEEDED", ended
        return dict(json.loads(ended["output"]))

    def executions(self, name: str) -> list[str]:
        """The executions of a workflow, as they have ended."""
        found = self.client.list_executions(stateMachineArn=self.machine(name))["executions"]
        return [one["executionArn"] for one in found]

    def messages(self, *words: str) -> list[str]:
        """The messages of the queue, up to the first with all the words."""
        client = self.aws.client("sqs")
        found: list[str] = []

        def look() -> bool:
            answer = client.receive_message(QueueUrl=self._outputs["Queue"], WaitTimeSeconds=1)
            for one in answer.get("Messages", []):
                found.append(str(one["Body"]))
                if all(word in found[-1] for word in words):
                    return True
            return False

        wait_for(look)
        return found

    def redrive(self, execution: str) -> dict[str, Any]:
        self.client.redrive_execution(executionArn=execution)
        return self.finish(execution)

    def states(self, execution: str) -> list[str]:
        """The names of the states that an execution entered."""
        pages = self.client.get_paginator("get_execution_history").paginate(executionArn=execution)
        return [
            event["stateEnteredEventDetails"]["name"]
            for page in pages
            for event in page["events"]
            if "stateEnteredEventDetails" in event
        ]

    def jobs(self, name: str) -> list[dict[str, Any]]:
        """The jobs that a workflow has made, oldest first."""
        made = self.aws.control.jobs()
        named = (f"{self.stack}-{name}-", f"{self.stack}More-{name}-")
        return [job for job in made if job["jobName"].startswith(named)]

    def keys(self, uri: str) -> list[str]:
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        listed = self.s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        return [one["Key"].removeprefix(prefix) for one in listed]

    def read(self, uri: str) -> list[bytes]:
        """The contents below a URI."""
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [
            self.s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read()
            for page in pages
            for one in page.get("Contents", [])
        ]

    def users(self, output_uri: str) -> list[str]:
        """The users whom a run has answered."""
        lines = b"\n".join(self.read(output_uri)).splitlines()
        records = [json.loads(line) for line in lines if line.startswith(b'{"input"')]
        return sorted((record["input"]["userId"] for record in records), key=int)

    def _start_late(self) -> str:
        """Starts an execution that runs out of time while others run."""
        control, operation = self.aws.control, "DescribeBatchInferenceJob"
        control.add_fault(
            operation, kind="slow", seconds=2 * LATE_SECONDS, job=f"{self.stack}-Late"
        )
        execution = self.start("Late")
        # Tests take all faults away; this one has struck by then.
        wait_for(lambda: not control.faults())
        return execution

    def log_of_shards(self) -> list[str]:
        """What the function that cuts large input has written to its log."""
        config = self.aws.client("lambda").get_function_configuration(FunctionName=self.shards)
        pages = self.aws.client("logs").get_paginator("filter_log_events")
        found = pages.paginate(logGroupName=config["LoggingConfig"]["LogGroup"])
        return [event["message"] for page in found for event in page["events"]]

    def _change_shards(self) -> str:
        """Has the function that cuts large input take one file for a job; returns its name."""
        code = {
            str(path.relative_to(RUNTIME)): path.read_text(encoding="utf-8")
            for path in RUNTIME.rglob("*.py")
        }
        quotas = "personalize_batch_runtime/_shards/types.py"
        assert "job_files: int = 1_000" in code[quotas]
        code[quotas] = code[quotas].replace("job_files: int = 1_000", "job_files: int = 1")
        code["personalize_batch_runtime/shards.py"] += UNSTEADY
        client = self.aws.client("lambda")
        (name,) = (
            one["FunctionName"]
            for page in client.get_paginator("list_functions").paginate()
            for one in page["Functions"]
            if one["FunctionName"].startswith(f"{self.stack}More-PersonalizeBatchShards")
        )
        client.update_function_code(FunctionName=name, ZipFile=package(code))
        return str(name)
