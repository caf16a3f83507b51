"""Checks of input that is uploaded with the stack: JSON Lines, at least one record."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import msgspec

from cdk_personalize_batch import _limits
from cdk_personalize_batch._checks import shown

_MOST_PROBLEMS = 5
_DECODER = msgspec.json.Decoder(dict[str, object])


def problems_of_file(path: Path) -> list[str]:
    """Returns what is wrong with a file, at most the first five problems.

    Args:
        path: The file.
    """
    if path.is_dir():
        return [f"{path} is a folder; name one JSON Lines file"]
    try:
        with path.open("rb") as file:
            return _problems(str(path), file)
    except FileNotFoundError:
        return [f"there is no file {path} (looked in {Path.cwd()}); correct the path"]
    except OSError as error:
        return [f"{path} cannot be read: {error.strerror}; make it readable"]


def problems_of_content(content: bytes) -> list[str]:
    """Returns what is wrong with records in memory, at most the first five problems.

    Args:
        content: The JSON Lines.
    """
    return _problems("the records", io.BytesIO(content))


def _problems(name: str, lines: Iterable[bytes]) -> list[str]:
    size = 0

    def counted() -> Iterator[bytes]:
        nonlocal size
        for line in lines:
            size += len(line)
            yield line

    problems = list(islice(_line_problems(name, counted()), _MOST_PROBLEMS))
    if not problems and size > _limits.INPUT_BYTES:
        problems.append(
            f"{name} has {size:,} bytes, more than the {_limits.INPUT_BYTES:,} of one job; split it"
        )
    return problems


def _line_problems(name: str, lines: Iterable[bytes]) -> Iterator[str]:
    empty = True
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        empty = False
        try:
            _DECODER.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            start = line[:80].decode("utf-8", errors="replace").strip()
            yield (
                f"{name} line {number} is not a JSON object ({error}), got {shown(start)}; write "
                "one object a line, in UTF-8"
            )
    if empty:
        yield f'{name} is empty; write one record a line, such as {{"userId": "42"}}'
