"""What the two kinds of batch jobs share: the custom resource and all that it needs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aws_cdk import Aws, CustomResource, Duration, Fn, Stack
from constructs import Construct

from cdk_personalize_batch import _checks, _limits, _permissions
from cdk_personalize_batch._singletons import SERVICE_TIMEOUT_SECONDS, RuntimeFunction
from cdk_personalize_batch._tokens import is_token
from cdk_personalize_batch.errors import ValidationError
from cdk_personalize_batch.job_output import JobOutput
from cdk_personalize_batch.request import JobRequest, Placement
from cdk_personalize_batch.storage import BatchStorage

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_s3 as s3

    from cdk_personalize_batch.job_input import BoundInput, JobInput
    from cdk_personalize_batch.solution_version import SolutionVersion

# The Lambda function adds a hyphen and 12 characters of a hash.
_LONGEST_SLUG: Final = _limits.LONGEST_JOB_NAME - 13


@dataclass(frozen=True, slots=True)
class JobKind:
    """One of the two kinds.

    Attributes:
        name: What operations call it, such as ``BatchInferenceJob``.
        resource: What ARNs call it, such as ``batch-inference-job``.
    """

    name: str
    resource: str


class BatchJob(Construct):
    """A batch job that a deployment creates. Use `BatchInferenceJob`.

    Args:
        scope: The parent construct.
        id: The construct id.
        kind: Inference or segment.
        request: The request.
        job_input: The input.
        job_output: The output; None for the storage's output bucket.
        storage: The storage; None for one of the job's own.
        run_key: Makes equal requests different.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        kind: JobKind,
        request: JobRequest,
        job_input: JobInput,
        job_output: JobOutput | None,
        storage: BatchStorage | None,
        run_key: str | None,
    ) -> None:
        super().__init__(scope, id)
        path = self.node.path
        slug = _slug(path)
        self._name_pattern = request.job_name or f"{slug}-*"
        if job_output is None and storage is not None:
            job_output = JobOutput.to_bucket(storage.output_bucket)
        _validate(path, request, job_input, job_output, self._name_pattern)
        bound = job_input.bind(self)
        self._storage = storage or BatchStorage(
            self,
            "Storage",
            input_bucket=bound.bucket,
            output_bucket=job_output.bucket if job_output else None,
        )
        self._output = job_output or JobOutput.to_bucket(self._storage.output_bucket)
        self._input_bucket = bound.bucket or self._storage.input_bucket
        runtime = self._allow(kind, request.solution_version, bound)
        self._resource = self._make_resource(kind, request, bound, slug, run_key, runtime)
        self._job_name = request.job_name or self._resource.get_att_string("JobName")

    @property
    def job_arn(self) -> str:
        """The ARN of the job that the deployment created."""
        return self._resource.get_att_string("JobArn")

    @property
    def job_name(self) -> str:
        """The name of the job."""
        return self._job_name

    @property
    def output_uri(self) -> str:
        """The S3 URI of the folder that the job writes to, ``s3://BUCKET/…/``."""
        return self._resource.get_att_string("OutputUri")

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

    def _allow(
        self, kind: JobKind, solution_version: SolutionVersion, bound: BoundInput
    ) -> RuntimeFunction:
        stack = Stack.of(self)
        account = f"arn:{Aws.PARTITION}:personalize:{stack.region}:{stack.account}"
        jobs = f"{account}:{kind.resource}/*"
        runtime = RuntimeFunction.of(self)
        # Source: the Service Authorization Reference, where creating an inference job needs the
        # job and the solution as resources.
        create = (f"personalize:Create{kind.name}",)
        for resource in (jobs, *_solution_arns(solution_version)):
            runtime.allow(create, resource)
        runtime.allow((f"personalize:Describe{kind.name}",), jobs)
        runtime.allow(
            ("iam:PassRole",),
            self._storage.role.role_arn,
            {"StringEquals": {"iam:PassedToService": _permissions.PERSONALIZE}},
        )
        if bound.asset is not None:
            asset = bound.asset
            runtime.allow(
                _permissions.READ_OBJECTS, asset.bucket.arn_for_objects(asset.s3_object_key)
            )
            runtime.allow(_permissions.WRITE_OBJECTS, self._input_bucket.arn_for_objects("*"))
        self._storage._allow_read(self._input_bucket, bound.prefix)
        self._storage._allow_write(self._output.bucket, self._output.prefix)
        return runtime

    def _make_resource(
        self,
        kind: JobKind,
        request: JobRequest,
        bound: BoundInput,
        slug: str,
        run_key: str | None,
        runtime: RuntimeFunction,
    ) -> CustomResource:
        stack = Stack.of(self)
        bucket = self._input_bucket.bucket_name
        api = request.to_api(
            Placement(
                role_arn=self._storage.role.role_arn,
                input_path=None if bound.asset else bound.uri or f"s3://{bucket}/{bound.prefix}",
            )
        )
        properties: dict[str, Any] = {
            "Request": stack.to_json_string(api),
            "JobNamePrefix": slug,
            "OutputPrefix": f"s3://{self._output.bucket.bucket_name}/{self._output.prefix}",
        }
        if bound.asset is not None:
            properties["InputCopy"] = stack.to_json_string(
                {
                    "sourceBucket": bound.asset.s3_bucket_name,
                    "sourceKey": bound.asset.s3_object_key,
                    "bucket": bucket,
                    "contentHash": bound.asset.asset_hash,
                    "fileName": bound.file_name,
                }
            )
        if run_key is not None:
            properties["RunKey"] = run_key
        resource = CustomResource(
            self,
            "Resource",
            resource_type=f"Custom::Personalize{kind.name}",
            service_token=runtime.arn,
            service_timeout=Duration.seconds(SERVICE_TIMEOUT_SECONDS),
            properties=properties,
        )
        # Policies are resources of their own: without this the job could start before them.
        resource.node.add_dependency(
            runtime, self._storage, self._input_bucket, self._output.bucket
        )
        return resource


def _validate(
    path: str,
    request: JobRequest,
    job_input: JobInput,
    job_output: JobOutput | None,
    name_pattern: str,
) -> None:
    problems = [*request.validate(), *job_input.validate()]
    location = job_input.location()
    if location is not None:
        problems += _path_problems("job_input", *location)
    if job_output is not None:
        bucket = job_output.bucket.bucket_name
        folder = f"{job_output.prefix}{name_pattern}/"
        problems += _path_problems("job_output", bucket, folder)
        if location is not None:
            problems += _overlap_problems(*location, bucket, folder)
    if problems:
        raise ValidationError(path, problems)


def _path_problems(name: str, bucket: str, key: str) -> list[str]:
    if is_token(key):
        return []
    # A bucket whose name only the deployment knows has at least three characters.
    known = _limits.SHORTEST_BUCKET_NAME if is_token(bucket) else len(bucket)
    length = len("s3:///") + known + len(key)
    if length <= _limits.LONGEST_S3_PATH:
        return []
    return [
        f"{name}: the S3 path must have at most {_limits.LONGEST_S3_PATH} characters, got "
        f"{'at least ' if is_token(bucket) else ''}{length}: {_checks.shown(key)}; shorten the key"
    ]


def _overlap_problems(
    input_bucket: str, input_prefix: str, output_bucket: str, output_folder: str
) -> list[str]:
    if input_bucket != output_bucket or is_token(input_prefix) or is_token(output_folder):
        return []
    if not output_folder.startswith(input_prefix):
        return []
    return [
        f"job_output: the folder {_checks.shown(output_folder)} lies under the input "
        f"{_checks.shown(input_prefix)} of the same bucket, so that the next run would read its "
        "results as input; give another prefix or another bucket"
    ]


def _solution_arns(solution_version: SolutionVersion) -> tuple[str, str]:
    """Returns the solution and its versions; which of the two IAM looks at is not documented."""
    arn = solution_version.solution_arn
    if arn is None:
        version = str(solution_version.arn)
        if is_token(version):
            parts = Fn.split("/", version)
            arn = f"{Fn.select(0, parts)}/{Fn.select(1, parts)}"
        else:
            arn = version.rpartition("/")[0]
    return arn, f"{arn}/*"


def _slug(path: str) -> str:
    """Makes the readable part of a job's name from the path of its construct."""
    words = re.sub(r"[^a-zA-Z0-9_]+", "-", path).strip("-_")
    # The end tells more: the stack comes first, the job itself last.
    return words[-_LONGEST_SLUG:].lstrip("-_") or "job"
