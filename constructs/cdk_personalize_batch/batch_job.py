"""What the two kinds of batch jobs share: the custom resource and all that it needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import jsii
from aws_cdk import CfnResource, CustomResource, ITaggableV2, TagManager
from constructs import Construct, IDependable

from cdk_personalize_batch import _facts, _job_tags, _limits, _permissions
from cdk_personalize_batch._imported_job import grant_describe
from cdk_personalize_batch._job_names import name_problems, take_name
from cdk_personalize_batch._job_options import JobKind, JobOptions, job_problems
from cdk_personalize_batch._json import to_json
from cdk_personalize_batch._singletons import RuntimeFunction, service_timeout
from cdk_personalize_batch.errors import ValidationError
from cdk_personalize_batch.job_output import JobOutput
from cdk_personalize_batch.request import JobRequest, Placement
from cdk_personalize_batch.storage import BatchStorage

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_s3 as s3

    from cdk_personalize_batch.job_input import BoundInput

# The Lambda function adds a hyphen and 12 characters of a hash.
_ANY_HASH: Final = "?" * 12
_LONGEST_SLUG: Final = _limits.LONGEST_JOB_NAME - len(f"-{_ANY_HASH}")


@jsii.implements(ITaggableV2)
class BatchJob(Construct):
    """A batch job that a deployment creates. Use `BatchInferenceJob` or `BatchSegmentJob`.

    Args:
        scope: The parent construct.
        id: The construct id.
        kind: Inference or segment.
        request: The request.
        options: The rest.
    """

    def __init__(
        self, scope: Construct, id: str, *, kind: JobKind, request: JobRequest, options: JobOptions
    ) -> None:
        facts = _facts.of_scope(scope)
        path = facts.path_of(id)
        slug = _slug(path)
        output = options.job_output
        if output is None and options.storage is not None:
            output = JobOutput.to_bucket(options.storage.output_bucket)
        name_pattern = request.job_name or f"{slug}-{_ANY_HASH}"
        problems = job_problems(facts.region, request, options, output, name_pattern)
        problems += name_problems(facts.stack, kind, request.job_name)
        # Before there is a construct, so that nothing half-made is left in the tree.
        if problems:
            raise ValidationError(path, problems)
        super().__init__(scope, id)
        take_name(facts.stack, kind, request.job_name, path)
        self._kind = kind
        self._request = request
        self._facts = facts
        self._slug = slug
        self._name_pattern = name_pattern
        bound = options.job_input._bind(self)
        self._storage = options.storage or BatchStorage(
            self,
            "Storage",
            input_bucket=bound.bucket,
            output_bucket=output.bucket if output else None,
        )
        self._output = output or JobOutput.to_bucket(self._storage.output_bucket)
        self._input_bucket = bound.bucket or self._storage.input_bucket
        self._own_tags = dict(options.tags or {})
        self._tags: TagManager | None = None
        self._resource = self._make_resource(options, bound)
        if self._own_tags:
            self._make_tags()

    @property
    def job_arn(self) -> str:
        """The ARN of the job that the deployment created."""
        return self._resource.get_att_string("JobArn")

    @property
    def job_name(self) -> str:
        """The name of the job."""
        return self._request.job_name or self._resource.get_att_string("JobName")

    @property
    def output_uri(self) -> str:
        """The S3 URI of the folder that the job writes to, ``s3://BUCKET/…/``."""
        return self._resource.get_att_string("OutputUri")

    @property
    def solution_version_arn(self) -> str:
        """The ARN of the solution version that the job uses, also where the newest was asked."""
        return self._resource.get_att_string("SolutionVersionArn")

    @property
    def role(self) -> iam.IRole:
        """The role that Amazon Personalize assumes."""
        return self._storage.role

    @property
    def storage(self) -> BatchStorage:
        """The storage of the job."""
        return self._storage

    @property
    def input_bucket(self) -> s3.IBucket:
        """The bucket that the job reads."""
        return self._input_bucket

    @property
    def output_bucket(self) -> s3.IBucket:
        """The bucket that the job writes to."""
        return self._output.bucket

    @property
    def cdk_tag_manager(self) -> TagManager:
        """The job's tags, for ``Tags.of``."""
        return self._tags or self._make_tags()

    def grant_read_output(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets somebody list and read the output of this job, of every run of it.

        Args:
            grantee: Who gets the permission.
        """
        # The name and not the attribute: a bucket policy that named the resource would have to
        # wait for the job, which waits for the bucket policy.
        folder = f"{self._output.prefix}{self._name_pattern}/*"
        if self._output.kms_key is not None:
            self._output.kms_key.grant_decrypt(grantee)
        return self.output_bucket.grant_read(grantee, folder)

    def grant_describe(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets somebody read the state of the job.

        Args:
            grantee: Who gets the permission.
        """
        return grant_describe(grantee, self._kind, self.job_arn)

    @property
    def _resource_type(self) -> str:
        return f"Custom::Personalize{self._kind.name}"

    def _make_tags(self) -> TagManager:
        # Not before somebody asks: most jobs have no tags, and each call to the CDK takes its time.
        self._tags = _job_tags.make_tag_manager(self._resource_type, self._own_tags)
        self.node.add_validation(_job_tags.TagValidation(self._tags))
        resource = self._resource.node.default_child
        assert isinstance(resource, CfnResource)  # noqa: S101 - for the type checker
        written = self._facts.stack.to_json_string(self._tags.rendered_tags)
        resource.add_property_override("Tags", written)
        return self._tags

    def _make_resource(self, options: JobOptions, bound: BoundInput) -> CustomResource:
        runtime = RuntimeFunction.of(self._facts.stack)
        jobs = self._allow(runtime, bound, options)
        properties = self._identity(bound, options)
        needed: list[IDependable] = [*runtime.policies, *self._storage._policies(self._facts.stack)]
        waited = None
        if options.waiting is not None:
            # Loaded only where it is needed: Step Functions is a large module.
            from cdk_personalize_batch._wait_condition import WaitedJob
            from cdk_personalize_batch._waiter import Waiter

            waiter = Waiter.of(self, kind=self._kind.name, jobs=jobs, runtime=runtime)
            waited = WaitedJob(self, options.waiting, waiter, properties)
            properties["Wait"] = waited.property
            needed.append(waiter)
        if options.preflight:
            properties["Preflight"] = "true"
        resource = CustomResource(
            self,
            "Resource",
            resource_type=self._resource_type,
            service_token=runtime.arn,
            service_timeout=service_timeout(),
            properties=properties,
        )
        # Policies are resources of their own: without this the job could start before them.
        resource.node.add_dependency(*needed)
        if waited is not None:
            waited.wait_for(resource)
        return resource

    def _allow(self, runtime: RuntimeFunction, bound: BoundInput, options: JobOptions) -> str:
        """Gives all permissions; returns the pattern of the ARNs of jobs."""
        facts = self._facts
        jobs = (
            f"arn:{facts.partition}:personalize:{facts.region}:{facts.account}:"
            f"{self._kind.resource}/*"
        )
        version = self._request.solution_version
        source = _facts.of_bucket(self._input_bucket)
        _permissions.allow_job(
            runtime,
            kind=self._kind.name,
            jobs=jobs,
            solution_version=version,
            role_arn=self._storage._role_arn,
        )
        _permissions.allow_input_copy(runtime, bound, source)
        keys = self._keys(bound)
        if options.preflight:
            _permissions.allow_preflight(
                runtime,
                solution_version=version,
                bound=bound,
                bucket=source,
                key_arn=keys[0][1],
            )
        stack = facts.stack
        self._storage._allow_read(stack, self._input_bucket, bound.prefix)
        self._storage._allow_write(stack, self._output.bucket, self._output.prefix)
        for key, key_arn in keys:
            if key is not None and key_arn is not None:
                self._storage._allow_key(stack, key, key_arn)
        return jobs

    def _keys(self, bound: BoundInput) -> list[tuple[kms.IKey | None, str | None]]:
        """Returns the keys of input and output, with their ARNs."""
        places = (bound.key, self._input_bucket), (self._output.kms_key, self._output.bucket)
        found: list[tuple[kms.IKey | None, str | None]] = []
        for given, bucket in places:
            if given is not None:
                found.append((given, given.key_arn))
            else:
                facts = _facts.of_bucket(bucket)
                found.append((facts.key, facts.key_arn))
        return found

    def _identity(self, bound: BoundInput, options: JobOptions) -> dict[str, Any]:
        """Returns the properties that make the request what it is; a change makes another job."""
        bucket = _facts.of_bucket(self._input_bucket).name
        path = None if bound.asset else bound.uri or f"s3://{bucket}/{bound.prefix}"
        (_, input_key_arn), (_, output_key_arn) = self._keys(bound)
        api = self._request.to_api(
            Placement(
                role_arn=self._storage._role_arn,
                input_path=path,
                input_key_arn=input_key_arn,
                output_key_arn=output_key_arn,
            )
        )
        output = _facts.of_bucket(self._output.bucket).name
        properties = {
            "Request": to_json(self._facts.stack, api),
            "JobKind": self._kind.name,
            "JobNamePrefix": self._slug,
            "OutputPrefix": f"s3://{output}/{self._output.prefix}",
        }
        if bound.asset is not None:
            properties["InputCopy"] = to_json(
                self._facts.stack,
                {
                    "sourceBucket": bound.asset.s3_bucket_name,
                    "sourceKey": bound.asset.s3_object_key,
                    "bucket": bucket,
                    "contentHash": bound.asset.asset_hash,
                    "fileName": bound.file_name,
                },
            )
        solution = self._request.solution_version.solution_arn
        if solution is not None:
            properties["SolutionArn"] = solution
        if options.run_key is not None:
            properties["RunKey"] = options.run_key
        return properties


def _slug(path: str) -> str:
    """Makes the readable part of a job's name from the path of its construct."""
    words = re.sub(r"[^a-zA-Z0-9_]+", "-", path).strip("-_")
    # The end tells more: the stack comes first, the job itself last.
    return words[-_LONGEST_SLUG:].lstrip("-_") or "job"
