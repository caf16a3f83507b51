"""Places in S3 that a job reads from and writes to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from personalize_local.errors import JobFailed

Side = Literal["input", "output"]


@dataclass(frozen=True, slots=True)
class Location:
    """A place in S3.

    Attributes:
        bucket: The bucket.
        key: A key or a key prefix; may be empty.
    """

    bucket: str
    key: str

    @property
    def uri(self) -> str:
        """The place as `s3://…`."""
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True, slots=True)
class InputFile:
    """An object to read.

    Attributes:
        key: Its key.
        size: Its size in bytes.
        output_name: The key of its output, relative to the output prefix.
    """

    key: str
    size: int
    output_name: str


def parse(path: str, side: Side) -> Location:
    """Reads the path of a job's input or output.

    Args:
        path: The path. The service model admits http and https too; AWS documents no meaning of
            them for batch jobs.
        side: Which of the two it is.

    Returns:
        The place. An output key always ends with "/": AWS documents output paths with it, and
        a path without it is taken as the same folder.

    Raises:
        JobFailed: The path is not `s3://bucket/key`.
    """
    scheme, _, rest = path.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise JobFailed(f"Invalid S3 {side} path: {path} is not of the form s3://bucket/key.")
    if side == "output" and key and not key.endswith("/"):
        key += "/"
    return Location(bucket, key)


def name_outputs(location: Location, found: list[tuple[str, int]]) -> list[InputFile]:
    """Gives every file its output name, `<file name>.out` as AWS documents it.

    AWS does not say what becomes of two files with one name in different folders. Here these, and
    only these, keep their path below the last folder that the input path names.
    """
    names = Counter(key.rpartition("/")[2] for key, _ in found)
    folder = location.key.rpartition("/")[0]
    start = len(folder) + 1 if folder or location.key.startswith("/") else 0
    files = []
    for key, size in found:
        name = key.rpartition("/")[2]
        files.append(InputFile(key, size, (name if names[name] == 1 else key[start:]) + ".out"))
    return files
