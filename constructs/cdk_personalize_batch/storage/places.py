"""Where a job or a workflow reads and writes: storage, buckets, folders and keys, resolved once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs import Construct

from cdk_personalize_batch._cdk.facts import bucket_facts, key_pattern
from cdk_personalize_batch.request.argument_types import typed
from cdk_personalize_batch.request.job_output import JobOutput
from cdk_personalize_batch.storage.batch_storage import BatchStorage

if TYPE_CHECKING:
    from aws_cdk import Stack
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_s3 as s3

    from cdk_personalize_batch._cdk.facts import BucketFacts
    from cdk_personalize_batch.request.job_input import BoundInput


@dataclass(frozen=True, slots=True)
class Place:
    """A folder in a bucket, with the KMS key of its objects: the one given, or the bucket's own."""

    bucket: s3.IBucket
    facts: BucketFacts
    prefix: str
    given_key: kms.IKey | None
    key: kms.IKey | None
    key_arn: str | None

    @classmethod
    def of(cls, bucket: s3.IBucket, prefix: str, given_key: kms.IKey | None) -> Place:
        """Returns the place, with what the CDK says of it."""
        facts = bucket_facts(bucket)
        if given_key is None:
            return cls(bucket, facts, prefix, None, facts.key, facts.key_arn)
        return cls(bucket, facts, prefix, given_key, given_key, given_key.key_arn)

    @property
    def uri(self) -> str:
        """The S3 URI of the folder."""
        return f"s3://{self.facts.name}/{self.prefix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The places of a job or a workflow.

    Attributes:
        storage: The role and the buckets.
        source: The input.
        source_uri: The S3 URI of the input.
        target: The folder that jobs and workflows have theirs in.
        name: The name of its own folder there; of a job, the pattern for it.
        run_prefix: This folder in the bucket of ``target``.
        work_prefix: The folder of its copies of large input, in the same bucket.
    """

    storage: BatchStorage
    source: Place
    source_uri: str
    target: Place
    name: str
    run_prefix: str
    work_prefix: str

    @property
    def run_uri(self) -> str:
        """The S3 URI of the folder of this one."""
        return f"s3://{self.target.facts.name}/{self.run_prefix}"

    @property
    def work_uri(self) -> str:
        """The S3 URI of the folder of its copies."""
        return f"s3://{self.target.facts.name}/{self.work_prefix}"

    def allow_service(self, user: Stack, *, written: str, reread: str | None = None) -> None:
        """Lets the jobs of a stack read the input and write the output, with their keys.

        Args:
            user: The stack.
            written: What the keys of the output begin with.
            reread: What keys in the bucket of the output begin with that are input of jobs too.
        """
        source, target, storage = self.source, self.target, self.storage
        storage._allow_read(user, source.bucket, source.prefix)
        if reread is not None:
            storage._allow_read(user, target.bucket, reread)
        storage._allow_write(user, target.bucket, written)
        for place in (source, target):
            if place.key is not None and place.key_arn is not None:
                storage._allow_key(user, place.key, place.key_arn)


def grant_read(folder: Place, grantee: iam.IGrantable, rest: str = "*") -> iam.Grant:
    """Lets somebody list and read what lies in a folder, and decrypt it.

    Args:
        folder: The folder.
        grantee: Who gets the permission.
        rest: The pattern for what of it. Default: - all.
    """
    if folder.given_key is not None:
        folder.given_key.grant_decrypt(grantee)
    pattern = key_pattern(folder.facts.stack, folder.prefix, rest)
    return folder.bucket.grant_read(grantee, pattern)


def given_output(job_output: JobOutput | None, storage: BatchStorage | None) -> JobOutput | None:
    """Returns the output that is known before there is a construct; None for one of its own."""
    if job_output is None and storage is not None:
        return JobOutput.to_bucket(storage.output_bucket)
    return job_output


def find_places(
    scope: Construct,
    *,
    name: str,
    bound: BoundInput,
    output: JobOutput | None,
    storage: BatchStorage | None,
) -> Places:
    """Returns the places of a job or a workflow; makes its own storage where none is given.

    Args:
        scope: The job or the workflow.
        name: The name of its folder.
        bound: The input.
        output: The output; None for the storage's output bucket.
        storage: The storage; None for one of its own.
    """
    storage = storage or BatchStorage(
        scope,
        "Storage",
        input_bucket=bound.bucket,
        output_bucket=output.bucket if output else None,
    )
    output = output or JobOutput.to_bucket(storage.output_bucket)
    source = Place.of(bound.bucket or storage.input_bucket, bound.prefix, bound.key)
    return Places(
        storage=storage,
        source=source,
        source_uri=bound.uri or source.uri,
        target=Place.of(output.bucket, output.prefix, output.kms_key),
        name=name,
        run_prefix=f"{output.prefix}{name}/",
        work_prefix=f"{output.prefix}_work/{name}/",
    )


class PlacedConstruct(Construct):
    """A job or a workflow, which sets its places when it is made."""

    _places: Places

    @property
    def role(self) -> iam.IRole:
        """The role that Amazon Personalize assumes."""
        return self._places.storage.role

    @property
    def storage(self) -> BatchStorage:
        """The role and the buckets."""
        return self._places.storage

    @property
    def input_bucket(self) -> s3.IBucket:
        """The bucket that is read."""
        return self._places.source.bucket

    @property
    def output_bucket(self) -> s3.IBucket:
        """The bucket that is written to."""
        return self._places.target.bucket

    @typed
    def grant_read_output(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets somebody list and read the output, of every run, and decrypt it.

        Args:
            grantee: Who gets the permission.
        """
        # The folder's name and not an attribute of the resource: a bucket policy that named the
        # resource would have to wait for the job, which waits for the bucket policy.
        places = self._places
        return grant_read(places.target, grantee, f"{places.name}/*")
