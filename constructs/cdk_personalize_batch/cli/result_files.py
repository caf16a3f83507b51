"""The result files of batch jobs: where they are, and what their lines say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from cdk_personalize_batch.cli.files import (
    STANDARD_INPUT,
    CommandError,
    asking,
    client,
    is_s3,
    opened,
    split_s3,
)
from cdk_personalize_batch.cli.text import shown_name
from cdk_personalize_batch.records.formats import UNREADABLE

_SUFFIX: Final = ".out"
_BLOCK: Final = 256 * 1024
_IDS: Final = ("userId", "itemId", "itemAttributes")
# Segment jobs print `usersList`, for both recipes; the developer guide, "Getting user segments",
# shows `recommendedUsers`.
_LISTS: Final = ("recommendedItems", "usersList", "recommendedUsers")


@dataclass(frozen=True, slots=True)
class Result:
    """One line of a result file; `error` says why there are no recommendations."""

    file: str
    line: int
    input: Any
    output: Mapping[str, Any]
    error: str | None

    @property
    def id(self) -> str:
        """What the recommendations are for."""
        if isinstance(self.input, dict):
            for key in _IDS:
                if isinstance(self.input.get(key), str):
                    return str(self.input[key])
        if isinstance(self.input, str):
            return self.input
        return msgspec.json.encode(self.input).decode()

    @property
    def recommended(self) -> list[str]:
        """The ids of items or users, the best first."""
        return _recommended(self.output) or []


def read_results(source: str) -> Iterator[Result]:
    """Yields every line of the results."""
    for name in _files(source):
        with opened(name) as (stream, _):
            shown = shown_name(name)
            for number, line in enumerate(_lines(stream), start=1):
                if line.strip():
                    yield _parsed(shown, number, line)


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    # Joined once: a line of many blocks would be copied with each of them.
    begun: list[bytes] = []
    while block := stream.read(_BLOCK):
        first, *others = block.split(b"\n")
        begun.append(first)
        if others:
            yield b"".join(begun)
            yield from others[:-1]
            begun = [others[-1]]
    if last := b"".join(begun):
        yield last


def _parsed(file: str, number: int, line: bytes) -> Result:
    try:
        record = msgspec.json.decode(line)
    except UNREADABLE as error:
        text = line.decode(errors="replace").strip()
        return Result(file, number, text, {}, f"the line is no JSON ({error})")
    if not isinstance(record, dict) or not record.keys() & {"input", "output", "error", *_IDS}:
        return Result(file, number, record, {}, "the line is no result of a batch job")
    # Results for item attributes have the attributes where others have their input.
    given = record.get("input", {key: record[key] for key in _IDS if key in record})
    output = record.get("output")
    reason = record.get("error")
    if reason is None:
        reason = _problem(output)
    return Result(
        file,
        number,
        given,
        output if isinstance(output, dict) else {},
        None if reason is None else str(reason),
    )


def _problem(output: object) -> str | None:
    if not isinstance(output, dict):
        return "there is neither an output nor an error"
    if _recommended(output) is not None:
        return None
    keys = ", ".join(map(str, output)) or "none"
    return f"the output has no list under {', '.join(_LISTS)}; its keys are: {keys}"


def _recommended(output: Mapping[str, Any]) -> list[str] | None:
    return next((output[key] for key in _LISTS if isinstance(output.get(key), list)), None)


def _files(source: str) -> Iterator[str]:
    """Yields the result files below a source, or the source itself where it is a file."""
    if is_s3(source):
        yield from _objects(source)
    elif source != STANDARD_INPUT and Path(source).is_dir():
        # The CDK has folders of this suffix.
        found = (path for path in Path(source).rglob(f"*{_SUFFIX}") if path.is_file())
        names = sorted(map(str, found))
        if not names:
            raise CommandError(f"there is no *{_SUFFIX} file below {source}; name another folder")
        yield from names
    else:
        yield source


def _objects(uri: str) -> Iterator[str]:
    bucket, key = split_s3(uri)
    if key.endswith(_SUFFIX):
        yield uri
        return
    found = False
    pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
    with asking(uri):
        for page in pages:
            for one in page.get("Contents", ()):
                if one["Key"].endswith(_SUFFIX):
                    found = True
                    yield f"s3://{bucket}/{one['Key']}"
    if not found:
        raise CommandError(
            f"there is no *{_SUFFIX} object below {uri}; look with `personalize-batch status` "
            "whether the job has ended"
        )
