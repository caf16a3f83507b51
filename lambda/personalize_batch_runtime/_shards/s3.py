"""S3 as the shard tasks use it: retried within the function's time, failures with a name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple

from botocore.exceptions import ClientError, IncompleteReadError

from personalize_batch_runtime import _retry
from personalize_batch_runtime._errors import OutOfTime, error_code, error_text
from personalize_batch_runtime._retry import Deadline
from personalize_batch_runtime._shards.errors import (
    InputChanged,
    InputNotFound,
    InvalidTask,
    S3AccessDenied,
    S3Failed,
)
from personalize_batch_runtime._shards.types import Location

CONNECT_SECONDS = 5
# A part of 128 MiB is copied within seconds; a slow answer is worth waiting for.
READ_SECONDS = 60
LONGEST_CALL_SECONDS = float(CONNECT_SECONDS + READ_SECONDS)

ABORT_ATTEMPTS = 3
# A request waits for S3, not for this function: more threads than it has processors.
THREADS = 8
READ_CHUNK_BYTES = 256 * 1024

# Shape s3DataSource.path of Create…Job.
LONGEST_JOB_PATH = 256

# The answer to HEAD has no body, so that its error has no name.
GONE = frozenset({"NoSuchKey", "NoSuchBucket", "404"})
DENIED = frozenset({"AccessDenied", "403"})
CHANGED = frozenset({"PreconditionFailed", "412", "InvalidRange", "416"})


@contextmanager
def workers() -> Iterator[ThreadPoolExecutor]:
    """Threads for requests to S3; what has not begun when an error ends the block never does."""
    executor = ThreadPoolExecutor(THREADS)
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


class Place(NamedTuple):
    """A bucket and a key or prefix in it."""

    bucket: str
    key: str

    @property
    def uri(self) -> str:
        """The place as a URI."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def location(self) -> Location:
        """The place as JSON."""
        return {"bucket": self.bucket, "key": self.key}

    def __truediv__(self, name: str) -> Place:
        """Returns the place of that name below this one."""
        return Place(self.bucket, self.key + name)


def parse(uri: object, *, field: str, folder: bool = False) -> Place:
    """Reads an S3 URI of an event; that of a folder has to end with ``/``.

    Raises:
        InvalidTask: If it is not one, with the name of the field.
    """
    wanted = "s3://bucket/prefix/" if folder else "s3://bucket/key or s3://bucket/prefix/"
    text = uri if isinstance(uri, str) else ""
    bucket, slash, key = text.removeprefix("s3://").partition("/")
    complete = text.startswith("s3://") and bucket and slash
    if not complete or (folder and not text.endswith("/")):
        raise InvalidTask(f"{field} must be of the form {wanted}, got {str(uri)[:300]!r}.")
    return Place(bucket, key)


class ShardStorage:
    """A boto3 ``s3`` client that does not retry by itself, within the time that is left."""

    def __init__(self, client: Any, deadline: Deadline) -> None:  # noqa: ANN401 - boto3 is untyped
        """Wraps the client; it is safe to use from several threads."""
        self._client = client
        self._deadline = deadline

    def call(self, operation: str, **parameters: Any) -> Any:  # noqa: ANN401
        """Calls an operation by its boto3 name; every one used here is safe to repeat.

        Raises:
            RuntimeFailure: One of ``_shards.errors``, or ``OutOfTime``.
        """
        return self._retried(
            operation, parameters, lambda: getattr(self._client, operation)(**parameters)
        )

    def list(self, place: Place) -> Iterator[dict[str, Any]]:
        """Yields what ListObjectsV2 says of every object below a prefix, in the order of keys."""
        more: dict[str, str] = {}
        while True:
            page = self.call("list_objects_v2", Bucket=place.bucket, Prefix=place.key, **more)
            yield from page.get("Contents", [])
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def chunks(self, place: Place, etag: str, start: int, end: int) -> Iterator[bytes]:
        """Yields a range of an object in pieces; a broken connection is taken up where it broke.

        Raises:
            InputChanged: If the object is not the one of that ETag any more.
        """
        at = start
        body: Any = None
        while at < end:
            body = body or self._open(place, etag, at, end)
            try:
                chunk = body.read(READ_CHUNK_BYTES)
            except Exception as error:
                if not _is_transient(error):
                    raise
                body = None
                self._deadline.pause(0)
                continue
            if not chunk:
                raise InputChanged(f"{place.uri} ends at byte {at}. Start a new run.")
            at += len(chunk)
            yield chunk

    def put_json(self, place: Place, value: object) -> None:
        """Writes a JSON file."""
        self.call(
            "put_object",
            Bucket=place.bucket,
            Key=place.key,
            Body=json.dumps(value, separators=(",", ":")).encode(),
            ContentType="application/json",
        )

    def get_json(self, place: Place) -> Any:  # noqa: ANN401 - whatever was written
        """Reads a JSON file."""
        parameters = {"Bucket": place.bucket, "Key": place.key}
        return self._retried(
            "get_object",
            parameters,
            lambda: json.loads(self._client.get_object(**parameters)["Body"].read()),
        )

    def abort_upload(self, place: Place, upload_id: str) -> None:
        """Ends a multipart upload; also when the time for other calls has run out."""
        parameters = {"Bucket": place.bucket, "Key": place.key, "UploadId": upload_id}
        for attempt in range(ABORT_ATTEMPTS):
            try:
                self._client.abort_multipart_upload(**parameters)
            except Exception as error:
                if error_code(error) == "NoSuchUpload":
                    return
                if attempt == ABORT_ATTEMPTS - 1 or not _is_transient(error):
                    raise
                self._deadline.pause(attempt)
            else:
                return

    def _open(self, place: Place, etag: str, start: int, end: int) -> Any:  # noqa: ANN401
        return self.call(
            "get_object",
            Bucket=place.bucket,
            Key=place.key,
            IfMatch=etag,
            Range=f"bytes={start}-{end - 1}",
        )["Body"]

    def _retried(self, operation: str, parameters: dict[str, Any], run: Callable[[], Any]) -> Any:  # noqa: ANN401
        try:
            return _retry.call(
                run,
                deadline=self._deadline,
                longest_call=LONGEST_CALL_SECONDS,
                retry=_is_transient,
            )
        except ClientError as error:
            raise _named(operation, parameters, error) from error
        except OutOfTime as error:
            cause = error_text(error.__cause__) if isinstance(error.__cause__, Exception) else ""
            raise OutOfTime(
                f"the time of the Lambda function was used up before {operation} on "
                f"{_where(parameters)}. {cause} Run the task again: what is done stays done."
            ) from error


def _is_transient(error: Exception) -> bool:
    return isinstance(error, IncompleteReadError) or _retry.is_transient(error)


def _where(parameters: Mapping[str, Any]) -> str:
    source = parameters.get("CopySource", parameters)
    return f"s3://{source['Bucket']}/{source.get('Key', parameters.get('Prefix', ''))}"


def _named(operation: str, parameters: Mapping[str, Any], error: ClientError) -> Exception:
    code, where = error_code(error), _where(parameters)
    if code in CHANGED:
        return InputChanged(f"{where} was replaced while the run was using it. Start a new run.")
    if code in GONE:
        return InputNotFound(f"{where} does not exist ({code} from {error.operation_name}).")
    if code in DENIED:
        return S3AccessDenied(
            f"{where}: {code} from {error.operation_name}. Allow {operation} to the role of the "
            "Lambda function, in its policy, in the bucket's policy and in the key's policy."
        )
    message = str(error.response.get("Error", {}).get("Message", "")).rstrip(".")
    return S3Failed(
        f"{where}: {code} from {error.operation_name}: {message or 'no message'}. "
        "The log of the Lambda function has the details."
    )
