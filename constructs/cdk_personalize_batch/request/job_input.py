"""Where the records of a batch job come from."""

from __future__ import annotations

import abc
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aws_cdk import Fn
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as s3_assets

from cdk_personalize_batch import limits
from cdk_personalize_batch._cdk.assembly_file import assembly_file
from cdk_personalize_batch._cdk.facts import bucket_facts, keep_below
from cdk_personalize_batch._cdk.tokens import is_token
from cdk_personalize_batch.records.json_lines import UnwritableError, json_lines
from cdk_personalize_batch.request.argument_types import typed
from cdk_personalize_batch.request.checks import resolved_text, shown
from cdk_personalize_batch.request.uploads import problems_of_content, problems_of_file

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from constructs import Construct

    from cdk_personalize_batch.records import RecordFormat
    from cdk_personalize_batch.records.json_lines import DataFrame

_URI = re.compile(r"s3://([^/]*)(?:/(.*))?", re.DOTALL)
_RECORDS_FILE = "records.json"


@dataclass(frozen=True, slots=True)
class BoundInput:
    """An input that belongs to a job.

    Attributes:
        bucket: The bucket that Amazon Personalize reads; None for the storage's own.
        prefix: What the keys that it reads begin with.
        key: The KMS key that decrypts them; None for the bucket's own.
        asset: The asset that becomes the input; None when it lies in the bucket already.
        file_name: The name of the asset's file; empty without one.
        uri: The S3 path, where it cannot be made from bucket and prefix.
    """

    bucket: s3.IBucket | None
    prefix: str
    key: kms.IKey | None
    asset: s3_assets.Asset | None = None
    file_name: str = ""
    uri: str | None = None


class JobInput(abc.ABC):
    """The input of a batch job: JSON Lines, one record a line, in UTF-8.

    Make one with `from_asset`, `from_records`, `from_bucket` or `from_s3_uri`. What a record holds
    depends on the recipe; source: the developer guide, "Preparing input data for batch
    recommendations". A job takes at most 1 GB in 1,000 files.
    """

    @classmethod
    @typed
    def from_asset(cls, path: str | Path, *, format: RecordFormat | None = None) -> JobInput:
        """Uploads a local file with the stack, and copies it into the input bucket.

        The content is part of the request: another content makes another job.

        Args:
            path: The file, absolute or below the working directory.
            format: What its records must be; that is checked at synth, and the first problems are
                shown with line, value and remedy. Default: - each line must be a JSON object.
        """
        return _FileInput(Path(path), format)

    @classmethod
    def from_records(
        cls,
        records: Iterable[Mapping[str, object]] | DataFrame,
        *,
        format: RecordFormat | None = None,
    ) -> JobInput:
        """Uploads records with the stack, as `from_asset` does with a file that holds them.

        Args:
            records: The records, such as ``{"userId": "42"}``, or a data frame of pandas or polars
                whose columns are named like the keys.
            format: What the records must be; see `from_asset`. Default: - JSON objects.
        """
        try:
            return _RecordsInput(json_lines(records), format)
        except UnwritableError as error:
            # Told with all other problems, where the path of the job is known.
            return _RecordsInput(b"", format, str(error))

    @classmethod
    @typed
    def from_bucket(
        cls,
        bucket: s3.IBucket,
        *,
        key: str | None = None,
        prefix: str | None = None,
        kms_key: kms.IKey | None = None,
    ) -> JobInput:
        """Uses objects that lie in a bucket in the Region of the job.

        The objects are no part of the request: to run the job again with other objects below the
        same key, change ``run_key``.

        Args:
            bucket: The bucket.
            key: The key of one object. Give this or ``prefix``.
            prefix: The folder of all input files; ``/`` is added at its end when it lacks one,
                because Amazon Personalize would take ``users`` for ``users-old/`` as well. ``""``
                is the whole bucket.
            kms_key: The key that decrypts the objects. Default: - the bucket's
                ``encryption_key``, if it has one.
        """
        return _BucketInput(bucket, None, key, prefix, kms_key)

    @classmethod
    @typed
    def from_s3_uri(cls, uri: str) -> JobInput:
        """Uses objects that lie in a bucket in the Region of the job, by their URI.

        Args:
            uri: ``s3://BUCKET/FOLDER/`` or ``s3://BUCKET/KEY``; at most 256 characters (botocore
                shape ``S3Location``). A last part without a dot is taken for a folder, and gets
                its ``/``. For an object without a dot in its name use `from_bucket`.
        """
        found = _URI.fullmatch(uri)
        if not found:
            return _UriInput(uri)
        name, key = found[1], found[2] or ""
        folder = not key or key.endswith("/") or "." not in key.rpartition("/")[2]
        return _BucketInput(None, name, None if folder else key, key if folder else None, None)

    @abc.abstractmethod
    def _validate(self, record_format: RecordFormat | None = None) -> list[str]:
        """Returns what is wrong with the input; tokens are not examined.

        Args:
            record_format: What the job asks of records where the input has no format of its own.
        """

    def _location(self) -> tuple[str, str] | None:
        """Returns the name of the bucket and what its keys begin with; None for an asset."""
        return None

    @property
    def _is_uploaded(self) -> bool:
        """Whether the input is uploaded with the stack, and not in a bucket already."""
        return False

    @property
    def _deployed_uri(self) -> str | None:
        """The URI, where only the deployment knows it."""
        return None

    @property
    def _source_bucket(self) -> s3.IBucket | None:
        """The bucket with the objects, where it was given as a construct."""
        return None

    @property
    def _kms_key(self) -> kms.IKey | None:
        """The key that was given for the objects."""
        return None

    @abc.abstractmethod
    def _bind(self, scope: Construct) -> BoundInput:
        """Makes what the input needs in the stack."""


@dataclass(frozen=True, slots=True)
class _FileInput(JobInput):
    path: Path
    format: RecordFormat | None

    @property
    def _is_uploaded(self) -> bool:
        return True

    def _validate(self, record_format: RecordFormat | None = None) -> list[str]:
        expected = self.format or record_format
        problems = [f"job_input: {problem}" for problem in problems_of_file(self.path, expected)]
        return [*problems, *resolved_text("job_input", self.path.name)]

    def _bind(self, scope: Construct) -> BoundInput:
        asset = s3_assets.Asset(scope, "Input", path=str(self.path))
        return BoundInput(None, "", None, asset, self.path.name)


@dataclass(frozen=True, slots=True)
class _RecordsInput(JobInput):
    content: bytes
    format: RecordFormat | None
    problem: str | None = None

    @property
    def _is_uploaded(self) -> bool:
        return True

    def _validate(self, record_format: RecordFormat | None = None) -> list[str]:
        if self.problem is not None:
            return [f"job_input: {self.problem}"]
        expected = self.format or record_format
        return [f"job_input: {problem}" for problem in problems_of_content(self.content, expected)]

    def _bind(self, scope: Construct) -> BoundInput:
        digest = hashlib.sha256(self.content).hexdigest()
        path = assembly_file(scope, f"{digest}.{_RECORDS_FILE}", self.content)
        asset = s3_assets.Asset(scope, "Input", path=str(path))
        return BoundInput(None, "", None, asset, _RECORDS_FILE)


@dataclass(frozen=True, slots=True)
class _BucketInput(JobInput):
    bucket: s3.IBucket | None
    bucket_name: str | None
    object_key: str | None
    folder: str | None
    key: kms.IKey | None

    @property
    def _kms_key(self) -> kms.IKey | None:
        return self.key

    def _validate(self, record_format: RecordFormat | None = None) -> list[str]:
        problems = []
        if (self.object_key is None) == (self.folder is None):
            problems.append(
                "job_input must have either key or prefix, got "
                f"key={shown(self.object_key)} and prefix={shown(self.folder)}"
            )
        if self.object_key is not None and not self.object_key.strip("/"):
            problems.append(f"job_input: key must name an object, got {shown(self.object_key)}")
        name = self.bucket_name
        named = name is not None and not is_token(name)
        if named and not re.fullmatch(limits.BUCKET_NAME_PATTERN, str(name)):
            problems.append(
                f"job_input: {shown(name)} is not the name of a bucket; give s3://BUCKET/FOLDER/"
            )
        return problems

    @property
    def _source_bucket(self) -> s3.IBucket | None:
        return self.bucket

    def _location(self) -> tuple[str, str] | None:
        name = bucket_facts(self.bucket).name if self.bucket else str(self.bucket_name)
        return name, self._prefix()

    def _bind(self, scope: Construct) -> BoundInput:
        bucket = self.bucket
        if bucket is None:
            bucket = s3.Bucket.from_bucket_name(scope, "InputBucket", str(self.bucket_name))
        return BoundInput(bucket, self._prefix(), self.key)

    def _prefix(self) -> str:
        if self.object_key is not None:
            return self.object_key
        folder = self.folder or ""
        # What a token ends with is not known; a doubled slash would be another folder.
        closed = not folder or folder.endswith("/") or is_token(folder)
        return folder if closed else f"{folder}/"


@dataclass(frozen=True, slots=True)
class _UriInput(JobInput):
    """A URI that is no S3 URI, or that only the deployment knows."""

    uri: str

    def _validate(self, record_format: RecordFormat | None = None) -> list[str]:
        if is_token(self.uri):
            return []
        return [f"job_input must be a URI like s3://BUCKET/FOLDER/, got {shown(self.uri)}"]

    @property
    def _deployed_uri(self) -> str | None:
        return self.uri

    def _bind(self, scope: Construct) -> BoundInput:
        name = Fn.select(2, Fn.split("/", self.uri))
        bucket = s3.Bucket.from_bucket_name(scope, "InputBucket", name)
        keep_below(bucket, self.uri)
        return BoundInput(bucket, "", None, uri=self.uri)
