"""The operations on batch jobs, and on tags of everything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from personalize_local.api import answers, rules, tags
from personalize_local.api.operations import requests
from personalize_local.api.operations.operation import (
    NO_RESOURCE,
    Desk,
    Operation,
    Response,
)
from personalize_local.arns import solution_of
from personalize_local.cloud import Caller
from personalize_local.errors import not_found
from personalize_local.jobs.request import JobRequest
from personalize_local.jobs.store import INFERENCE, SEGMENT, Job, JobKind, JobStore


class JobOperations:
    """The operations on batch jobs and on tags."""

    def __init__(self, desk: Desk, jobs: JobStore, start: Callable[[Job], object]) -> None:
        """Prepares them.

        Args:
            desk: What all operations work on.
            jobs: Where the jobs are.
            start: Starts a job that the store has as CREATE PENDING.
        """
        self._desk = desk
        self._jobs = jobs
        self._start = start
        # Any: each operation has a type of its own.
        self.table: dict[str, Operation[Any]] = {
            "TagResource": Operation(requests.Tagging, self._tag),
            "UntagResource": Operation(requests.Untagging, self._untag),
            "ListTagsForResource": Operation(requests.Tagged, self._list_tags),
        }
        described: tuple[tuple[JobKind, type[requests.Named]], ...] = (
            (INFERENCE, requests.InferenceJob),
            (SEGMENT, requests.SegmentJob),
        )
        for kind, named in described:
            create, describe, listed = (
                partial(self._create, kind),
                partial(self._describe, kind),
                partial(self._list, kind),
            )
            self.table[f"Create{kind.noun}"] = Operation(JobRequest, create)
            self.table[f"Describe{kind.noun}"] = Operation(named, describe)
            self.table[f"List{kind.noun}s"] = Operation(requests.Jobs, listed)

    def _create(self, kind: JobKind, request: JobRequest, caller: Caller) -> Response:
        scope, desk = caller.scope, self._desk
        arn = scope.arn(f"{kind.resource}/{request.job_name}")
        # Source: the Service Authorization Reference marks the job and, for an inference job, the
        # solution as required resources.
        needed = (arn, solution_of(request.solution_version_arn)) if kind == INFERENCE else (arn,)
        given = desk.authorize_create(caller, f"Create{kind.noun}", needed, request.tags)
        desk.pass_role(caller, request.role_arn)
        rules.check_request(kind, scope, request)
        # Before all that looks at other resources: who asks again for a job must learn that it
        # exists, also when its role or solution is gone.
        self._jobs.check_name(arn)
        version = rules.find_version(kind, scope, request, desk.resources)
        chosen = rules.find_filter(kind, scope, request, version, desk.resources)
        desk.check_role(request.role_arn, scope, arn)
        now = desk.clock()
        job = Job(kind, scope, request, version, chosen, created=now, updated=now)
        self._jobs.add(job)
        desk.tags.add(arn, given)
        self._start(job)
        return {f"{kind.key}Arn": arn}

    def _describe(self, kind: JobKind, request: requests.Named, caller: Caller) -> Response:
        arn = request.arn
        self._desk.authorize(caller, f"Describe{kind.noun}", arn)
        job = self._jobs.get(arn)
        if job is None or job.kind != kind or job.scope != caller.scope:
            raise not_found(arn)
        return {kind.key: answers.job(job)}

    def _list(self, kind: JobKind, request: requests.Jobs, caller: Caller) -> Response:
        self._desk.authorize(caller, f"List{kind.noun}s", NO_RESOURCE)
        rows = [
            answers.job_summary(job)
            for job in self._jobs.of(caller.scope, kind)
            if request.of in (None, job.version.arn)
        ]
        return self._desk.page(f"{kind.key}s", rows, request, caller)

    def _tag(self, request: requests.Tagging, caller: Caller) -> Response:
        given = tags.as_dict(request.tags)
        context = {f"aws:RequestTag/{key}": value for key, value in given.items()}
        self._desk.tags.add(self._taggable("TagResource", request, caller, context), given)
        return {}

    def _untag(self, request: requests.Untagging, caller: Caller) -> Response:
        self._desk.tags.remove(self._taggable("UntagResource", request, caller), request.tag_keys)
        return {}

    def _list_tags(self, request: requests.Tagged, caller: Caller) -> Response:
        return {"tags": self._desk.tags.of(self._taggable("ListTagsForResource", request, caller))}

    def _taggable(
        self,
        action: str,
        request: requests.Tagged,
        caller: Caller,
        context: Mapping[str, str] | None = None,
    ) -> str:
        arn = request.arn
        self._desk.authorize(caller, action, arn, context)
        scope, job = caller.scope, self._jobs.get(arn)
        is_job = job is not None and job.scope == scope
        if not is_job and self._desk.resources.get(scope, arn) is None:
            raise not_found(arn)
        return arn
