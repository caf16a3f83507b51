"""The API operations of the local Amazon Personalize, over its jobs and its catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Generic, TypeVar

from personalize_local.api import answers, requests, rules, tags
from personalize_local.api.pages import Pager
from personalize_local.arns import SERVICE_PRINCIPAL, Scope, solution_of
from personalize_local.catalog import solutions
from personalize_local.catalog.filters import FILTERS
from personalize_local.cloud import Caller, Cloud
from personalize_local.errors import AccessDenied, access_denied, invalid_input, not_found
from personalize_local.jobs.request import JobRequest, Shape
from personalize_local.jobs.store import INFERENCE, SEGMENT, Job, JobKind, JobStore

Response = dict[str, object]
_Request = TypeVar("_Request", bound=Shape)

# Shown by List operations, which take no resource: policies name `*` for them.
_NO_RESOURCE: Final = "*"


@dataclass(frozen=True, slots=True)
class Operation(Generic[_Request]):
    """An operation of the API.

    Attributes:
        takes: The type of its request.
        answer: Answers a request.
    """

    takes: type[_Request]
    answer: Callable[[_Request, Caller], Response]

    def run(self, parameters: Mapping[str, object], caller: Caller) -> Response:
        """Runs it.

        Args:
            parameters: The request as JSON values that fit the service model.
            caller: Who signed it.

        Raises:
            ApiError: The answer is an error.
        """
        return self.answer(requests.read(parameters, self.takes), caller)


class Operations:
    """The operations, and the jobs and tags that they work on."""

    def __init__(
        self,
        cloud: Cloud,
        jobs: JobStore,
        start: Callable[[Job], object],
        clock: Callable[[], float],
    ) -> None:
        """Makes operations without any tag.

        Args:
            cloud: The AWS around the service.
            jobs: Where the jobs are.
            start: Starts a job that the store has as CREATE PENDING.
            clock: Tells the time in epoch seconds.
        """
        self._cloud = cloud
        self._jobs = jobs
        self._start = start
        self._clock = clock
        self._tags = tags.TagStore()
        self._pager = Pager()
        # Any: each operation has a type of its own.
        self.table: dict[str, Operation[Any]] = {
            "DescribeSolution": Operation(requests.Solution, self._describe_solution),
            "ListSolutions": Operation(requests.Solutions, self._list_solutions),
            "DescribeSolutionVersion": Operation(requests.Version, self._describe_version),
            "ListSolutionVersions": Operation(requests.Versions, self._list_versions),
            "DescribeRecipe": Operation(requests.Recipe, self._describe_recipe),
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
                partial(self._create_job, kind),
                partial(self._describe_job, kind),
                partial(self._list_jobs, kind),
            )
            self.table[f"Create{kind.noun}"] = Operation(JobRequest, create)
            self.table[f"Describe{kind.noun}"] = Operation(named, describe)
            self.table[f"List{kind.noun}s"] = Operation(requests.Jobs, listed)

    def _authorize(
        self, caller: Caller, action: str, resource: str, context: Mapping[str, str] | None = None
    ) -> None:
        try:
            self._cloud.authorize(caller, action, resource, context or {})
        except AccessDenied as refusal:
            raise access_denied(refusal, caller.account, action, resource) from refusal

    def _create_job(self, kind: JobKind, request: JobRequest, caller: Caller) -> Response:
        scope = caller.scope
        arn = scope.arn(f"{kind.resource}/{request.job_name}")
        given_tags = tags.as_dict(request.tags)
        self._authorize_create(kind, request, caller, arn, given_tags)
        rules.check_request(kind, scope, request)
        # Before all that looks at other resources: who asks again for a job must learn that it
        # exists, also when its role or solution is gone.
        self._jobs.check_name(arn)
        version = rules.find_version(kind, scope, request)
        chosen = rules.find_filter(kind, scope, request)
        self._check_role(request.role_arn, scope, arn)
        now = self._clock()
        job = Job(kind, scope, request, version, chosen, created=now, updated=now)
        self._jobs.add(job)
        self._tags.add(arn, given_tags)
        self._start(job)
        return {f"{kind.key}Arn": arn}

    def _authorize_create(
        self,
        kind: JobKind,
        request: JobRequest,
        caller: Caller,
        arn: str,
        given_tags: Mapping[str, str],
    ) -> None:
        # Source: the Service Authorization Reference marks the job and, for an inference job, the
        # solution as required resources.
        action = f"personalize:Create{kind.noun}"
        context = {f"aws:RequestTag/{key}": value for key, value in given_tags.items()}
        self._authorize(caller, action, arn, context)
        if kind == INFERENCE:
            self._authorize(caller, action, solution_of(request.solution_version_arn), context)
        if given_tags:
            self._authorize(caller, "personalize:TagResource", arn, context)
        passed = {"iam:PassedToService": SERVICE_PRINCIPAL}
        self._authorize(caller, "iam:PassRole", request.role_arn, passed)

    def _check_role(self, role_arn: str, scope: Scope, job_arn: str) -> None:
        # Whether AWS assumes the role already here, or only when the job starts, is not verified.
        # Here it does: a role that cannot be assumed is found at once.
        try:
            self._cloud.assume_role(role_arn, source_account=scope.account, source_arn=job_arn)
        except AccessDenied as refusal:
            reason = f" ({refusal.reason})" if refusal.reason else ""
            raise invalid_input(
                f"The role {role_arn} cannot be assumed by {SERVICE_PRINCIPAL}{reason}. Its trust "
                f"policy must allow sts:AssumeRole for aws:SourceAccount {scope.account} and "
                f"aws:SourceArn {job_arn}."
            ) from refusal

    def _describe_job(self, kind: JobKind, request: requests.Named, caller: Caller) -> Response:
        arn = request.arn
        self._authorize(caller, f"personalize:Describe{kind.noun}", arn)
        job = self._jobs.get(arn)
        if job is None or job.kind != kind or job.scope != caller.scope:
            raise not_found(arn)
        return {kind.key: answers.job(job)}

    def _list_jobs(self, kind: JobKind, request: requests.Jobs, caller: Caller) -> Response:
        self._authorize(caller, f"personalize:List{kind.noun}s", _NO_RESOURCE)
        rows = [
            answers.job_summary(job)
            for job in self._jobs.of(caller.scope, kind)
            if request.of in (None, job.version.arn)
        ]
        return self._page(f"{kind.key}s", rows, request, caller)

    def _page(
        self, key: str, rows: list[Response], request: requests.Listing, caller: Caller
    ) -> Response:
        return self._pager.page(
            key,
            rows,
            of=" ".join((key, caller.account, caller.region, str(request.of))),
            token=request.next_token,
            size=request.max_results,
        )

    def _describe_solution(self, request: requests.Named, caller: Caller) -> Response:
        arn = request.arn
        self._authorize(caller, "personalize:DescribeSolution", arn)
        scope = caller.scope
        found = solutions.solution(scope, arn)
        if found is None:
            raise not_found(arn)
        return {"solution": answers.solution(scope, found)}

    def _list_solutions(self, request: requests.Listing, caller: Caller) -> Response:
        self._authorize(caller, "personalize:ListSolutions", _NO_RESOURCE)
        scope = caller.scope
        found = (
            solutions.solutions(scope)
            if request.of in (None, solutions.dataset_group_arn(scope))
            else []
        )
        rows = [answers.solution_summary(scope, one) for one in found]
        return self._page("solutions", rows, request, caller)

    def _describe_version(self, request: requests.Named, caller: Caller) -> Response:
        arn = request.arn
        self._authorize(caller, "personalize:DescribeSolutionVersion", arn)
        scope = caller.scope
        found = solutions.solution_version(scope, arn)
        if found is None:
            raise not_found(arn)
        return {"solutionVersion": answers.version(scope, found)}

    def _list_versions(self, request: requests.Listing, caller: Caller) -> Response:
        arn = request.of
        # Source: the Service Authorization Reference lists no resource for it, with or without a
        # solution in the request.
        self._authorize(caller, "personalize:ListSolutionVersions", _NO_RESOURCE)
        scope = caller.scope
        if arn is not None and solutions.solution(scope, arn) is None:
            raise not_found(arn)
        rows = [
            answers.version_summary(version)
            for version in solutions.solution_versions(scope.account, scope.region)
            if arn in (None, solution_of(version.arn))
        ]
        return self._page("solutionVersions", rows, request, caller)

    def _describe_recipe(self, request: requests.Named, caller: Caller) -> Response:
        arn = request.arn
        self._authorize(caller, "personalize:DescribeRecipe", arn)
        scope = caller.scope
        found = solutions.recipe_by_arn(scope, arn)
        if found is None:
            raise not_found(arn)
        return {"recipe": answers.recipe(scope, found)}

    def _tag(self, request: requests.Tagging, caller: Caller) -> Response:
        given = tags.as_dict(request.tags)
        context = {f"aws:RequestTag/{key}": value for key, value in given.items()}
        self._tags.add(self._taggable("TagResource", request, caller, context), given)
        return {}

    def _untag(self, request: requests.Untagging, caller: Caller) -> Response:
        self._tags.remove(self._taggable("UntagResource", request, caller), request.tag_keys)
        return {}

    def _list_tags(self, request: requests.Tagged, caller: Caller) -> Response:
        return {"tags": self._tags.of(self._taggable("ListTagsForResource", request, caller))}

    def _taggable(
        self,
        action: str,
        request: requests.Tagged,
        caller: Caller,
        context: Mapping[str, str] | None = None,
    ) -> str:
        arn = request.arn
        self._authorize(caller, f"personalize:{action}", arn, context)
        scope = caller.scope
        job = self._jobs.get(arn)
        known = {one.arn for one in solutions.solutions(scope)}
        known |= {scope.arn(f"filter/{name}") for name in FILTERS}
        if arn not in known and (job is None or job.scope != scope):
            raise not_found(arn)
        return arn
