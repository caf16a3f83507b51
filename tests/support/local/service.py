"""The service with its fakes, and short ways to use it."""

from __future__ import annotations

import json
import threading
from typing import Any

from personalize_local.api.service import PersonalizeService
from personalize_local.cloud import Caller
from tests.support import PATIENCE_SECONDS
from tests.support.local.cloud import REGION, FakeCloud

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/personalize"


def make_caller(account: str = ACCOUNT, region: str = REGION) -> Caller:
    """Whoever calls from an account in a region."""
    return Caller(account, region, {})


class Time:
    """A clock that goes only when somebody sleeps, and a gate that can hold sleepers."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.naps: list[float] = []
        self.gate = threading.Event()
        self.gate.set()

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.gate.wait(PATIENCE_SECONDS)
        self.naps.append(seconds)
        self.now += seconds


class Local:
    """A service with its fakes, and short ways to use it."""

    def __init__(self) -> None:
        self.cloud = FakeCloud()
        self.s3 = self.cloud.s3
        self.time = Time()
        self.caller = make_caller()
        self.service = PersonalizeService(
            self.cloud, job_seconds=8.0, clock=self.time.clock, sleep=self.time.sleep
        )

    def call(self, operation: str, **parameters: object) -> dict[str, Any]:
        return self.service.call(operation, parameters, self.caller)

    def version(self, recipe: str) -> str:
        """The ARN of the solution version of a recipe."""
        found = self.call("ListSolutionVersions", solutionArn=self.solution(recipe))
        return str(found["solutionVersions"][0]["solutionVersionArn"])

    def solution(self, recipe: str) -> str:
        return self.caller.scope.arn(f"solution/local-{recipe}")

    def request(self, recipe: str = "user-personalization-v2", **more: object) -> dict[str, object]:
        return {
            "jobName": "job",
            "solutionVersionArn": self.version(recipe),
            "jobInput": {"s3DataSource": {"path": "s3://in/users.json"}},
            "jobOutput": {"s3DataDestination": {"path": "s3://out/results/"}},
            "roleArn": ROLE,
            **more,
        }

    def create(self, recipe: str = "user-personalization-v2", **more: object) -> str:
        answer = self.call("CreateBatchInferenceJob", **self.request(recipe, **more))
        return str(answer["batchInferenceJobArn"])

    def wait(self, arn: str) -> None:
        """Waits until nothing is done for something any more."""
        for thread in threading.enumerate():
            if thread.name in (arn, f"delete {arn}"):
                thread.join(PATIENCE_SECONDS)

    def finish(self, arn: str) -> dict[str, Any]:
        """Waits for the end of a job and describes it."""
        self.wait(arn)
        kind = "batchInferenceJob" if "inference" in arn else "batchSegmentJob"
        return self.call(f"DescribeB{kind[1:]}", **{f"{kind}Arn": arn})[kind]  # type: ignore[no-any-return]

    def run(
        self, lines: bytes, recipe: str = "user-personalization-v2", **more: object
    ) -> list[dict[str, Any]]:
        """Runs a job over one file and returns its output records."""
        self.s3.put("in", "users.json", lines)
        segment = recipe.startswith("item-")
        request = self.request(recipe, **more)
        kind = "BatchSegmentJob" if segment else "BatchInferenceJob"
        (arn,) = self.call(f"Create{kind}", **request).values()
        described = self.finish(str(arn))
        assert described["status"] == "ACTIVE", described
        output = self.s3.content("out", "results/users.json.out")
        return [json.loads(line) for line in output.splitlines()]
