"""What the commands read and ask: files, objects in S3, and clients of AWS."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

STANDARD_INPUT: Final = "-"
_MEANT_AS_S3: Final = re.compile(r"s3:/", re.IGNORECASE)
NO_POLARS: Final = "Parquet needs the package polars; run pip install 'cdk-personalize-batch[cli]'"


class CommandError(Exception):
    """What a person did or met, and what to do: one line."""


def client(service: str) -> Any:  # noqa: ANN401 - boto3 is untyped
    """Returns a boto3 client with the ordinary credentials."""
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    # AWS_REGION is what every tool but boto3 reads.
    session = boto3.session.Session(region_name=os.environ.get("AWS_REGION"))
    retries = {"mode": "standard", "total_max_attempts": 8}
    try:
        return session.client(service, config=Config(retries=retries))
    except BotoCoreError:
        raise
    except ValueError as error:  # botocore has no class for an endpoint that is none
        raise CommandError(f"{error}; correct AWS_ENDPOINT_URL") from None


def is_s3(name: str) -> bool:
    """Whether a name is an S3 URI. What was only meant as one, and no name at all, is an error."""
    if not name:
        raise CommandError("a name is empty; name a file, an S3 URI, or - for standard input")
    if name.startswith("s3://"):
        return True
    if _MEANT_AS_S3.match(name):
        raise CommandError(f"{name!r} is no S3 URI; write s3://bucket/key")
    return False


def split_s3(uri: str) -> tuple[str, str]:
    """Returns the bucket and the key of an S3 URI."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not bucket:
        raise CommandError(f"{uri!r} names no bucket; write s3://bucket/key")
    return bucket, key


@contextmanager
def asking(uri: str) -> Iterator[None]:
    """Has an error of AWS say what was asked for, which its own text does not."""
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        error.add_note(uri)
        raise


@contextmanager
def opened(name: str) -> Iterator[tuple[BinaryIO, int | None]]:
    """Opens a file, an object in S3 or, for `-`, standard input, and says its size if known."""
    if name == STANDARD_INPUT:
        yield sys.stdin.buffer, None
    elif is_s3(name):
        bucket, key = split_s3(name)
        if not key or key.endswith("/"):
            raise CommandError(f"{name!r} names no object; write s3://bucket/key")
        with asking(name):
            answer = client("s3").get_object(Bucket=bucket, Key=key)
        with answer["Body"] as body:
            yield body, answer["ContentLength"]
    else:
        with Path(name).open("rb", buffering=0) as file:
            yield file, os.fstat(file.fileno()).st_size or None
