"""What the two kinds of batch jobs share: the custom resource and all that it needs."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import jsii
from aws_cdk import CfnResource, CustomResource, ITaggableV2, TagManager
from constructs import IDependable

from cdk_personalize_batch._cdk.facts import scope_facts
from cdk_personalize_batch.errors import ValidationError
from cdk_personalize_batch.functions.job_function import RuntimeFunction, service_timeout
from cdk_personalize_batch.functions.room import WAIT_SECONDS, Room
from cdk_personalize_batch.jobs.imported import grant_describe
from cdk_personalize_batch.jobs.names import HASH_CHARACTERS, job_slug, name_problems, take_name
from cdk_personalize_batch.jobs.options import JobOptions, job_problems
from cdk_personalize_batch.jobs.order import (
    check_circle,
    note_output,
    output_problems,
    refuse_dependencies,
)
from cdk_personalize_batch.jobs.permissions import allow_input_copy, allow_job, allow_preflight
from cdk_personalize_batch.jobs.resource import RunAttributes, as_properties, run_mark
from cdk_personalize_batch.request.argument_types import typed
from cdk_personalize_batch.request.job_request import JobRequest, Placement
from cdk_personalize_batch.request.kind import JobKind
from cdk_personalize_batch.request.tags import TagValidation, make_tag_manager
from cdk_personalize_batch.storage.places import PlacedConstruct, find_places, given_output

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from constructs import Construct

    from cdk_personalize_batch.request.job_input import BoundInput

# What the Lambda function puts behind the slug.
_ANY_HASH: Final = "?" * HASH_CHARACTERS


@jsii.implements(ITaggableV2)
class BatchJob(PlacedConstruct):
    """A batch job that a deployment creates. Use `BatchInferenceJob` or `BatchSegmentJob`."""

    def __init__(
        self, scope: Construct, id: str, *, kind: JobKind, request: JobRequest, options: JobOptions
    ) -> None:
        facts = scope_facts(scope)
        path = facts.path_of(id)
        slug = job_slug(facts.stack, path)
        output = given_output(options.job_output, options.storage)
        name_pattern = request.job_name or f"{slug}-{_ANY_HASH}"
        problems = job_problems(facts, request, options, output, name_pattern)
        problems += name_problems(facts.stack, kind, request.job_name)
        problems += output_problems(facts.stack, options.job_input._deployed_uri)
        # Before there is a construct, so that nothing half-made is left in the tree.
        if problems:
            raise ValidationError(path, problems)
        super().__init__(scope, id)
        take_name(facts.stack, kind, request.job_name, path)
        self._kind = kind
        self._request = request
        self._facts = facts
        self._path = path
        self._slug = slug
        bound = options.job_input._bind(self)
        self._places = find_places(
            self, name=name_pattern, bound=bound, output=output, storage=options.storage
        )
        self._after: list[BatchJob] = []
        if options.storage is None:
            refuse_dependencies(facts.stack, path, self)
        self._own_tags = dict(options.tags or {})
        self._tags: TagManager | None = None
        self._is_awaited = options.waiting is not None
        self._resource, self._end = self._make_resource(options, bound)
        if self._own_tags:
            self._make_tags()

    @property
    def job_arn(self) -> str:
        """The ARN of the job that the deployment created."""
        return self._attributes.get("JobArn")

    @property
    def job_name(self) -> str:
        """The name of the job."""
        return self._request.job_name or self._attributes.get("JobName")

    @property
    def output_uri(self) -> str:
        """The S3 URI of the folder that the job writes to, ``s3://BUCKET/…/``."""
        uri = self._attributes.get("OutputUri")
        return note_output(self._facts.stack, self._path, uri)

    @property
    def solution_version_arn(self) -> str:
        """The ARN of the solution version that the job uses, also where the newest was asked."""
        return self._attributes.get("SolutionVersionArn")

    @property
    def cdk_tag_manager(self) -> TagManager:
        """The job's tags, for ``Tags.of``."""
        return self._tags or self._make_tags()

    @typed
    def run_after(self, *others: IDependable) -> None:
        """Has the deployment create this job after something else.

        After another job: when it has been created, or, where it has ``wait_up_to``, when it has
        ended. What this job needs of its own, its storage say, does not wait, which is the
        difference to ``node.add_dependency``: with that, a job that makes its storage and depends
        on another one is a circle.

        Args:
            others: Other jobs, or whatever else has to be there first, such as a construct that
                writes the input.

        Raises:
            ValidationError: If another job runs after this one.
        """
        for other in others:
            if isinstance(other, BatchJob):
                check_circle(self, other)
                self._after.append(other)
                self._resource.node.add_dependency(other._end)
            else:
                self._resource.node.add_dependency(other)

    @typed
    def grant_describe(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets somebody read the state of the job.

        Args:
            grantee: Who gets the permission.
        """
        return grant_describe(grantee, self._kind, self.job_arn)

    def _make_tags(self) -> TagManager:
        # Not before somebody asks: most jobs have no tags, and each call to the CDK takes its time.
        self._tags = make_tag_manager(self._kind.resource_type, self._own_tags)
        self.node.add_validation(TagValidation(self._tags))
        self._cfn_resource.add_property_override("JobTags", self._tags.rendered_tags)
        return self._tags

    @cached_property
    def _attributes(self) -> RunAttributes:
        # Not before somebody asks, as with tags.
        return RunAttributes(self, self._cfn_resource, run_mark(self._facts.stack, self._run))

    @property
    def _cfn_resource(self) -> CfnResource:
        resource = self._resource.node.default_child
        assert isinstance(resource, CfnResource)  # noqa: S101 - for the type checker
        return resource

    def _make_resource(
        self, options: JobOptions, bound: BoundInput
    ) -> tuple[CustomResource, IDependable]:
        """Returns the custom resource, and what is there when others may run after the job."""
        runtime = RuntimeFunction.of(self._facts.stack)
        self._allow(runtime, bound, options)
        waits_for_room = Room.of(self._facts.stack, self._kind).add(self)
        self._run = self._identity(bound, options)
        properties = dict(self._run)
        policies = self._places.storage._policies(self._facts.stack)
        needed: list[IDependable] = [*runtime.policies, *policies]
        waited = None
        if options.waiting is not None:
            # Loaded only where it is needed: Step Functions is a large module.
            from cdk_personalize_batch.jobs.waiter import Waiter
            from cdk_personalize_batch.jobs.waiting import WaitedJob

            waiter = Waiter.of(self, kind=self._kind, runtime=runtime)
            waited = WaitedJob(self, options.waiting, waiter, properties)
            properties["Waiter"] = waited.property
            needed.append(waiter)
        if options.preflight:
            properties["Preflight"] = "true"
        if waits_for_room:
            properties["WaitForRoom"] = str(WAIT_SECONDS)
        resource = CustomResource(
            self,
            "Resource",
            resource_type=self._kind.resource_type,
            service_token=runtime.arn,
            service_timeout=service_timeout(waits_for_room=waits_for_room),
            properties=properties,
        )
        # Policies are resources of their own: without this the job could start before them.
        resource.node.add_dependency(*needed)
        end = resource if waited is None else waited.wait_for(resource)
        return resource, end

    def _allow(self, runtime: RuntimeFunction, bound: BoundInput, options: JobOptions) -> None:
        places, version = self._places, self._request.solution_version
        allow_job(runtime, self._facts, self._kind, version, places.storage._role_arn)
        allow_input_copy(runtime, bound, places)
        if options.preflight:
            allow_preflight(runtime, version, bound, places.source)
        # The whole folder: the function makes the names of jobs.
        places.allow_service(self._facts.stack, written=places.target.prefix)

    def _identity(self, bound: BoundInput, options: JobOptions) -> dict[str, Any]:
        """Returns the properties that make the request what it is; a change makes another job."""
        places = self._places
        api = self._request.to_api(
            Placement(
                role_arn=places.storage._role_arn,
                input_path=None if bound.asset else places.source_uri,
                input_key_arn=places.source.key_arn,
                output_key_arn=places.target.key_arn,
            )
        )
        properties = {
            **as_properties(api),
            "JobKind": self._kind.name,
            "JobNamePrefix": self._slug,
            "OutputPrefix": places.target.uri,
        }
        if bound.asset is not None:
            properties["InputCopy"] = {
                "sourceBucket": bound.asset.s3_bucket_name,
                "sourceKey": bound.asset.s3_object_key,
                "bucket": places.source.facts.name,
                "contentHash": bound.asset.asset_hash,
                "fileName": bound.file_name,
            }
        solution = self._request.solution_version.solution_arn
        if solution is not None:
            properties["SolutionArn"] = solution
        if options.run_key is not None:
            properties["RunKey"] = options.run_key
        return properties
