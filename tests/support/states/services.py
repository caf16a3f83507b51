"""The services that state machines call, made up."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.support.states.facts import PERSONALIZE
from tests.support.states.machine import MACHINE, TaskError


class Services:
    """An Amazon Personalize whose jobs take some minutes, an S3, and the function for shards."""

    def __init__(self) -> None:
        self.objects: dict[str, int] = {"users/a.json": 30}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.ends: dict[str, str] = {}
        self.reason: str | None = "No such column"
        self.looks, self.looked = 1, 0
        self.versions: list[list[dict[str, str]]] = [[]]
        self.recipe = "aws-item-affinity"
        self.plan: dict[str, Any] = {}
        self.planned = 0
        self.items: list[dict[str, Any]] = []
        self.results: list[dict[str, Any]] = []
        self.running: list[list[str]] = [[]]

    def tasks(self) -> dict[str, Callable[[Any], Any]]:
        found: dict[str, Callable[[Any], Any]] = {
            "listObjectsV2": self.list_objects,
            "listSolutionVersions": self.list_versions,
            "describeSolutionVersion": lambda _: {
                "SolutionVersion": {"RecipeArn": f"arn:aws:personalize:::recipe/{self.recipe}"}
            },
            "listExecutions": self.list_executions,
            "startExecution": lambda _: {},
            "putMetricData": lambda _: {},
            "putObject": lambda _: {"ETag": '"1"'},
            "plan": self.make_plan,
            "copy": lambda event: {**event["shard"], "copied": 0, "kept": 0},
            "manifest": self.manifest,
            "getObject": self.get_items,
            "putResults": self.put_results,
        }
        for kind in ("BatchInferenceJob", "BatchSegmentJob"):
            found[f"create{kind}"] = partial(self.create, kind)
            found[f"describe{kind}"] = partial(self.describe, kind)
        return found

    def create(self, kind: str, request: dict[str, Any]) -> dict[str, str]:
        name = request["JobName"]
        if name in self.jobs:
            raise TaskError("Personalize.ResourceAlreadyExistsException", "exists")
        self.jobs[name] = {"NumResults": 25, **request}
        self.looked = 0
        return {f"{kind}Arn": self.arn(kind, name)}

    def describe(self, kind: str, request: dict[str, str]) -> dict[str, Any]:
        name = request[f"{kind}Arn"].rpartition("/")[2]
        if name not in self.jobs:
            raise TaskError("Personalize.ResourceNotFoundException", "none")
        self.looked += 1
        end = next((end for key, end in self.ends.items() if name.endswith(key)), "ACTIVE")
        status = end if self.looked >= self.looks else "CREATE IN_PROGRESS"
        failed = {"FailureReason": self.reason} if "FAILED" in status and self.reason else {}
        arn = {f"{kind}Arn": request[f"{kind}Arn"]}
        return {kind: {**self.jobs[name], **arn, "Status": status, **failed}}

    def make_plan(self, _: object) -> dict[str, Any]:
        self.planned += 1
        return self.plan

    @staticmethod
    def arn(kind: str, name: str) -> str:
        resource = "batch-inference-job" if "Inference" in kind else "batch-segment-job"
        return f"{PERSONALIZE}:{resource}/{name}"

    def list_objects(self, request: dict[str, Any]) -> dict[str, Any]:
        keys = sorted(key for key in self.objects if key.startswith(request["Prefix"]))
        start = int(request.get("ContinuationToken", 0))
        end = start + request["MaxKeys"]
        page = [
            {
                "Key": key,
                "Size": self.objects[key],
                "ETag": '"1"',
                "LastModified": "2026-11-24T01:59:00Z",
            }
            for key in keys[start:end]
        ]
        more = {"NextContinuationToken": str(end)} if end < len(keys) else {}
        return {"IsTruncated": bool(more), **({"Contents": page} if page else {}), **more}

    def list_versions(self, request: dict[str, Any]) -> dict[str, Any]:
        page = int(request.get("NextToken", 0))
        more = {"NextToken": str(page + 1)} if page + 1 < len(self.versions) else {}
        return {"SolutionVersions": self.versions[page], **more}

    def list_executions(self, request: dict[str, Any]) -> dict[str, Any]:
        page = int(request.get("NextToken", 0))
        more = {"NextToken": str(page + 1)} if page + 1 < len(self.running) else {}
        arn = f"{MACHINE.replace('stateMachine', 'execution')}:"
        return {"Executions": [{"ExecutionArn": arn + name} for name in self.running[page]], **more}

    def get_items(self, place: dict[str, str]) -> list[dict[str, Any]]:
        assert place == {"Bucket": "out", "Key": self.plan["itemReader"]["key"]}
        return self.items

    def put_results(self, request: dict[str, Any]) -> dict[str, Any]:
        self.results = request.pop("Results")
        key = f"{request['Prefix']}/0a1b/manifest.json"
        details = {"Bucket": request["Bucket"], "Key": key}
        return {"MapRunArn": f"{MACHINE}/Map:0a1b", "ResultWriterDetails": details}

    def manifest(self, event: dict[str, Any]) -> dict[str, Any]:
        key = "_work/Films-Nightly/night/results/0a1b/manifest.json"
        assert event["jobsFrom"] == {"bucket": "out", "key": key}
        failed = [job for job in self.results if job["status"] != "ACTIVE"]
        return {
            "manifestUri": f"{event['plan']['outputUri']}_manifest.json",
            "status": "INCOMPLETE" if failed else "COMPLETE",
            "shardCount": len(self.results),
            "succeeded": len(self.results) - len(failed),
            "problems": [f"shard {job['index']}: {job['failureReason']}" for job in failed][:3],
        }
