"""Lives of jobs by the real CDK CLI, side by side, and tests that tell how each of them ended.

A deployment mostly waits for CloudFormation, so each life has a stack of its own and a thread.
"""

from __future__ import annotations

import runpy
import threading
import uuid
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from personalize_local.catalog import solutions
from personalize_local.host.environment import ACCOUNT
from tests.support import PATIENCE_SECONDS, ROOT
from tests.support.flow.running_aws import RunningAws

SIDE_BY_SIDE = 6
CREATE = "CreateBatchInferenceJob"
VERSIONS = {
    one.recipe.name: one.arn
    for one in solutions.solution_versions(ACCOUNT, "us-east-1")
    if one.status == "ACTIVE"
}
VERSION = VERSIONS["aws-user-personalization-v2"]
SOLUTION = VERSION.rpartition("/")[0]
synthesize = runpy.run_path(str(ROOT / "tests/flow/apps/jobs_app.py"))["synthesize"]
# The CDK's bridge to Node.js serves one thread at a time.
synthesis = threading.Lock()


class App:
    """A stack of its own on the local AWS, deployed by the CDK CLI."""

    def __init__(self, aws: RunningAws, folder: Path) -> None:
        self.aws = aws
        self.name = f"Life{uuid.uuid4().hex[:8]}"
        self.folder = folder
        self._deployments = 0

    def deploy(
        self, *words: str, broken: bool = False, seconds: int | None = None, **jobs: dict[str, Any]
    ) -> str:
        """Deploys; returns what the CLI printed, and fails the test when the CLI fails."""
        code, text = self._run(*words, broken=broken, seconds=seconds, **jobs)
        assert code == 0, text[-3000:]
        return text

    def fail(
        self, *words: str, broken: bool = False, seconds: int | None = None, **jobs: dict[str, Any]
    ) -> str:
        """Deploys what must fail; returns what the CLI printed."""
        code, text = self._run(*words, broken=broken, seconds=seconds, **jobs)
        assert code == 1, text[-3000:]
        assert "Traceback" not in text
        return text

    def _run(
        self, *words: str, broken: bool, seconds: int | None, **jobs: dict[str, Any]
    ) -> tuple[int, str]:
        self._deployments += 1
        folder = self.folder / f"{self.name}-{self._deployments}"
        parameter = "Run" if "--parameters" in words else None
        with synthesis:
            synthesize(
                folder,
                self.name,
                jobs,
                broken=broken,
                parameter=parameter,
                function_seconds=seconds,
            )
        done = self.aws.run(
            ["cdk", "deploy", "--app", str(folder), "--require-approval", "never", *words]
        )
        return done.returncode, done.stdout + done.stderr

    def add_fault(self, operation: str, **fault: Any) -> None:
        """Adds a fault that strikes this stack's jobs only."""
        self.aws.control.add_fault(operation, job=self.name, **fault)

    def destroy(self) -> None:
        client = self.aws.client("cloudformation")
        client.delete_stack(StackName=self.name)
        client.get_waiter("stack_delete_complete").wait(
            StackName=self.name, WaiterConfig={"Delay": 1, "MaxAttempts": int(PATIENCE_SECONDS)}
        )

    def log(self) -> str:
        """The log of the function that makes the jobs."""
        functions = self.aws.client("lambda").list_functions()["Functions"]
        name = next(
            one["FunctionName"]
            for one in functions
            if one["FunctionName"].startswith(f"{self.name}-PersonalizeBatchRuntime")
        )
        group = self.aws.client("lambda").get_function(FunctionName=name)["Configuration"]
        events = self.aws.client("logs").filter_log_events(
            logGroupName=group["LoggingConfig"]["LogGroup"]
        )["events"]
        return "\n".join(str(one["message"]) for one in events)

    @property
    def status(self) -> str:
        """The status of the stack."""
        client = self.aws.client("cloudformation")
        (stack,) = client.describe_stacks(StackName=self.name)["Stacks"]
        return str(stack["StackStatus"])

    def output(self, key: str) -> str:
        client = self.aws.client("cloudformation")
        (stack,) = client.describe_stacks(StackName=self.name)["Stacks"]
        return next(str(one["OutputValue"]) for one in stack["Outputs"] if one["OutputKey"] == key)

    @property
    def jobs(self) -> list[str]:
        """The names of the jobs that the stack has made, oldest first."""
        made = (str(job["jobName"]) for job in self.aws.control.jobs())
        return [name for name in made if name.startswith(self.name)]

    def describe(self, output: str = "BatchArn") -> dict[str, Any]:
        arn = self.output(output)
        answer = self.aws.client("personalize").describe_batch_inference_job(
            batchInferenceJobArn=arn
        )
        return dict(answer["batchInferenceJob"])


Life = Callable[[App], None]
Lives = dict[str, Future[None]]
LIVES: dict[str, Life] = {}


def life(live: Life) -> Callable[[Lives], None]:
    """Has a test tell how a life ended that is lived beside the others."""
    LIVES[live.__name__] = live

    def test(lives: Lives) -> None:
        lives[live.__name__].result()

    return test


@contextmanager
def lived(aws: RunningAws, folder: Path, chosen: Collection[str]) -> Iterator[Lives]:
    """The lives that tests tell of, all begun."""
    aws.control.clear_faults()
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        yield {name: pool.submit(LIVES[name], App(aws, folder)) for name in chosen if name in LIVES}
    aws.control.clear_faults()
