"""S3 as Amazon Personalize uses it: allowed by the job's role and by the bucket policy.

Source: "Giving Amazon Personalize access to Amazon S3 resources" in the developer guide: both
policies are needed, also inside one account.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from personalize_local import limits
from personalize_local.arns import SERVICE_PRINCIPAL, Scope, partition_of
from personalize_local.cloud import Cloud, Credentials
from personalize_local.errors import AccessDenied, JobFailed
from personalize_local.jobs.keys import Keys
from personalize_local.jobs.locations import InputFile, Location, Side, name_outputs

_CHUNK: Final = 256 * 1024
_FORBIDDEN: Final = 403


@contextmanager
def opened(
    cloud: Cloud, *, role_arn: str, scope: Scope, job_arn: str
) -> Iterator[tuple[Keys, Buckets]]:
    """Assumes a role, and connects to S3 with it.

    Args:
        cloud: The AWS around the service.
        role_arn: The role.
        scope: The account and Region of the job.
        job_arn: The job.

    Yields:
        What checks the keys, and the connection, which is closed in the end.

    Raises:
        JobFailed: The role cannot be assumed.
    """
    try:
        credentials = cloud.assume_role(role_arn, source_account=scope.account, source_arn=job_arn)
    except AccessDenied as refusal:
        raise JobFailed(
            f"The role {role_arn} cannot be assumed by {SERVICE_PRINCIPAL}"
            f" ({refusal.reason or 'access denied'})."
        ) from refusal
    keys = Keys(cloud, credentials, role_arn=role_arn, account=scope.account, job_arn=job_arn)
    buckets = Buckets(
        cloud,
        credentials,
        keys,
        role_arn=role_arn,
        account=scope.account,
        region=scope.region,
        job_arn=job_arn,
    )
    with contextlib.closing(buckets):
        yield keys, buckets


class Buckets:
    """Reads and writes S3 for one job."""

    def __init__(
        self,
        cloud: Cloud,
        credentials: Credentials,
        keys: Keys,
        *,
        role_arn: str,
        account: str,
        region: str,
        job_arn: str,
    ) -> None:
        """Connects to S3.

        Args:
            cloud: Where the bucket policies are.
            credentials: A session of the role.
            keys: Checks the keys of encrypted objects.
            role_arn: The role, for error texts.
            account: The account of the job.
            region: The region of the job.
            job_arn: The job.
        """
        self._cloud = cloud
        self._keys = keys
        self._client: Any = cloud.s3_client(credentials, region)
        self._role_arn = role_arn
        self._account = account
        self._partition = partition_of(region)
        self._job_arn = job_arn

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def list_input(
        self,
        location: Location,
        *,
        most_files: int | None = limits.INPUT_FILES,
        most_bytes: int = limits.INPUT_BYTES,
    ) -> list[InputFile]:
        """Lists the files of a job's input.

        A path names one object; when there is none of exactly that key, it is a raw key prefix, so
        that `folder` also finds `folder_test/…`. Empty objects whose key ends with "/" are left
        out: consoles make them to show a folder.

        Args:
            location: The path.
            most_files: How many files there may be; None for any number.
            most_bytes: How many bytes all of them may have.

        Returns:
            The files, in the order of their keys.

        Raises:
            JobFailed: There is none, there are too many, or a permission is missing.
        """
        found: list[tuple[str, int]] = []
        for key, size in self._objects(location, "input"):
            if key.endswith("/") and size == 0:
                continue
            if key == location.key:
                found = [(key, size)]
                break
            found.append((key, size))
            if most_files is not None and len(found) > most_files:
                raise JobFailed(
                    f"Too many input files: {location.uri} has more than {most_files}. "
                    "Use fewer, larger files, or several jobs."
                )
        if not found:
            raise JobFailed(f"Invalid S3 input path: there is no object at {location.uri}.")
        total = sum(size for _, size in found)
        if total > most_bytes:
            raise JobFailed(
                f"Too much input: {location.uri} has {total} bytes, and a job takes at most "
                f"{most_bytes}. Split it between several jobs."
            )
        return name_outputs(location, found)

    def check_output(self, location: Location) -> None:
        """Checks that the output prefix can be listed.

        Raises:
            JobFailed: A permission is missing or there is no such bucket.
        """
        next(self._objects(location, "output"), None)

    def lines(self, bucket: str, key: str) -> Generator[bytes, None, None]:
        """Reads an input file line by line; memory holds one chunk and one line.

        Yields:
            The lines, without their line feeds.

        Raises:
            JobFailed: A permission is missing or the object is gone.
        """
        self._check_policy(bucket, "s3:GetObject", key)
        with self._failures("s3:GetObject", bucket, key, "input"):
            found = self._client.get_object(Bucket=bucket, Key=key)
            body = found["Body"]
            try:
                if "SSEKMSKeyId" in found:
                    self._keys.check_read(found["SSEKMSKeyId"])
                yield from _split(body)
            finally:
                body.close()

    def download(self, bucket: str, key: str, path: Path) -> None:
        """Copies an input file to this machine.

        Args:
            bucket: The bucket.
            key: The key of the object.
            path: Where to.

        Raises:
            JobFailed: A permission is missing or the object is gone.
        """
        self._check_policy(bucket, "s3:GetObject", key)
        with self._failures("s3:GetObject", bucket, key, "input"):
            found = self._client.get_object(Bucket=bucket, Key=key)
            with contextlib.closing(found["Body"]) as body, path.open("wb") as file:
                if "SSEKMSKeyId" in found:
                    self._keys.check_read(found["SSEKMSKeyId"])
                shutil.copyfileobj(body, file, _CHUNK)

    def write(self, bucket: str, key: str, content: IO[bytes], kms_key_arn: str | None) -> None:
        """Writes an output file.

        Args:
            bucket: The bucket.
            key: The key of the object.
            content: What to write.
            kms_key_arn: The key to encrypt it with; None for the bucket's default.

        Raises:
            JobFailed: A permission is missing or there is no such bucket.
        """
        self._check_policy(bucket, "s3:PutObject", key)
        extra = {}
        if kms_key_arn:
            extra = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key_arn}
        with self._failures("s3:PutObject", bucket, key, "output"):
            self._client.upload_fileobj(content, bucket, key, ExtraArgs=extra)

    def _objects(self, location: Location, side: Side) -> Iterator[tuple[str, int]]:
        self._check_policy(location.bucket, "s3:ListBucket", None)
        request = {"Bucket": location.bucket, "Prefix": location.key}
        while True:
            with self._failures("s3:ListBucket", location.bucket, None, side):
                page = self._client.list_objects_v2(**request)
            for row in page.get("Contents", []):
                yield row["Key"], row["Size"]
            if not page.get("IsTruncated"):
                return
            request["ContinuationToken"] = page["NextContinuationToken"]

    def _check_policy(self, bucket: str, action: str, key: str | None) -> None:
        try:
            self._cloud.check_bucket_policy(
                bucket, action, key, source_account=self._account, source_arn=self._job_arn
            )
        except AccessDenied as refusal:
            who = f"the bucket policy of {bucket} does not allow {SERVICE_PRINCIPAL}"
            raise self._lacking(who, action, bucket, key, refusal.reason) from refusal

    @contextmanager
    def _failures(self, action: str, bucket: str, key: str | None, side: Side) -> Iterator[None]:
        """Turns errors of S3 into the reason that the job failed."""
        try:
            yield
        except ClientError as error:
            details = error.response.get("Error", {})
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            if details.get("Code") == "AccessDenied" or status == _FORBIDDEN:
                who = f"no policy allows the role {self._role_arn}"
                reason = str(details.get("Message", ""))
                raise self._lacking(who, action, bucket, key, reason) from error
            where = Location(bucket, key or "").uri
            raise JobFailed(f"Invalid S3 {side} path: {where}: {error}") from error
        except BotoCoreError as error:
            raise JobFailed(f"S3 could not be reached for {action} on {bucket}: {error}") from error

    def _lacking(
        self, who: str, action: str, bucket: str, key: str | None, reason: str
    ) -> JobFailed:
        arn = f"arn:{self._partition}:s3:::{bucket}" + ("" if key is None else f"/{key}")
        detail = f" ({reason})" if reason else ""
        return JobFailed(
            f"Insufficient privileges for accessing data in S3: {who} {action} on {arn}{detail}."
        )


def _split(body: Any) -> Iterator[bytes]:  # noqa: ANN401 - botocore's StreamingBody
    pieces: list[bytes] = []
    while chunk := body.read(_CHUNK):
        first, *rest = chunk.split(b"\n")
        pieces.append(first)
        for piece in rest:
            yield b"".join(pieces)
            pieces = [piece]
    last = b"".join(pieces)
    if last:
        yield last
