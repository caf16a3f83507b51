"""The command `personalize-batch results`: what a job wrote."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final

import msgspec
import typer

from cdk_personalize_batch._cli_common import (
    STANDARD_INPUT,
    CommandError,
    asking,
    client,
    counted,
    examples,
    is_s3,
    opened,
    split_s3,
    visible,
)
from cdk_personalize_batch._cli_rows import OutputFile, OutputFormat, RowsAs, emit

_SUFFIX: Final = ".out"
_TABLE_ROWS: Final = 20
_SHOWN_IDS: Final = 10
_SHOWN_INPUT: Final = 60
_MOST_REASONS: Final = 1_000
_IDS: Final = ("userId", "itemId", "itemAttributes")
_ROWS: Final = {
    "input": str,
    "rank": int,
    "recommended": str,
    "score": float,
    "theme": str,
    "relevance": float,
}
_FAILED: Final = {"file": str, "line": int, "input": str, "error": str}


@dataclass(frozen=True, slots=True)
class _Result:
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
        ids = self.output.get("recommendedItems", self.output.get("recommendedUsers"))
        return ids if isinstance(ids, list) else []


def register(app: typer.Typer) -> None:
    """Adds the command.

    Args:
        app: The program.
    """
    app.command(
        "results",
        short_help="Show the recommendations that a job wrote.",
        help="Show the recommendations that a job wrote: *.out files, folders, or S3 URIs. A table "
        "has the first records; JSON has a line for each record; CSV and Parquet have a row for "
        "each recommendation.",
        epilog=examples(
            "personalize-batch results s3://bucket/my-job/",
            "personalize-batch results s3://bucket/my-job/ --errors",
            "personalize-batch results users.json.out --format parquet -o results.parquet",
            "personalize-batch results s3://bucket/my-job/ -f json | jq .output",
        ),
    )(_results)


def _results(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="S3_URI|FILE", help="Where the results are; - for stdin."),
    ],
    errors: Annotated[
        bool,
        typer.Option(
            "--errors", help="Show the records that failed, and why; exit code 1 if there are any."
        ),
    ] = False,
    format: RowsAs = OutputFormat.TABLE,
    limit: Annotated[
        int | None,
        typer.Option(min=0, help="How many records.  [default: 20 in a table, otherwise all]"),
    ] = None,
    output: OutputFile = None,
) -> None:
    if limit is None and format is OutputFormat.TABLE:
        limit = _TABLE_ROWS
    results = (result for source in sources for result in _read(source))
    if errors:
        _show_errors(results, format, limit, output)
    else:
        _show(results, format, limit, output)


def _show(
    results: Iterable[_Result], how: OutputFormat, limit: int | None, output: Path | None
) -> None:
    seen: Counter[str] = Counter()

    def good() -> Iterator[_Result]:
        for result in results:
            seen["all"] += 1
            if result.error is None:
                yield result
            else:
                seen["failed"] += 1

    remaining = good()
    shown = islice(remaining, limit)
    if how is OutputFormat.JSON:
        emit(map(_as_record, shown), {}, how, output)
    elif how is OutputFormat.TABLE:
        rows = [_as_table_row(result) for result in shown]
        themes = {"theme": str} if any(row["theme"] for row in rows) else {}
        emit(rows, {"input": str, "results": int, "recommended": str, **themes}, how, output)
    else:
        emit((row for result in shown for row in _as_rows(result)), _ROWS, how, output)
    # Only one more is looked for: to count them all could take minutes.
    more = next(remaining, None) is not None
    if more:
        print(f"there are more records than {limit}; --limit shows more", file=sys.stderr)
    if not seen["all"]:
        print("there are no records", file=sys.stderr)
    if seen["failed"]:
        read = counted(seen["all"], "record")
        so_far = " read so far" if more else ""
        print(f"{seen['failed']:,} of {read}{so_far} failed; --errors says why", file=sys.stderr)


def _show_errors(
    results: Iterable[_Result], how: OutputFormat, limit: int | None, output: Path | None
) -> None:
    reasons: Counter[str] = Counter()
    total = 0

    def failed() -> Iterator[dict[str, object]]:
        nonlocal total
        for result in results:
            total += 1
            if result.error is None:
                continue
            known = result.error in reasons or len(reasons) < _MOST_REASONS
            reasons[result.error if known else "other reasons"] += 1
            yield {
                "file": result.file,
                "line": result.line,
                "input": result.input if how is OutputFormat.JSON else _short_input(result),
                "error": result.error,
            }

    rows = failed()
    emit(islice(rows, limit), _FAILED, how, output)
    for _ in rows:  # counts the rest
        pass
    count = sum(reasons.values())
    print(f"{count:,} of {counted(total, 'record')} failed", file=sys.stderr)
    for reason, number in reasons.most_common():
        print(f"  {number:,}: {visible(' '.join(reason.split()))}", file=sys.stderr)
    if count:
        raise typer.Exit(1)


def _as_record(result: _Result) -> dict[str, object]:
    return {"input": result.input, "output": result.output, "error": None}


def _as_table_row(result: _Result) -> dict[str, object]:
    ids = result.recommended
    more = ", …" if len(ids) > _SHOWN_IDS else ""
    return {
        "input": _short_input(result),
        "results": len(ids),
        "recommended": ", ".join(map(str, ids[:_SHOWN_IDS])) + more,
        "theme": result.output.get("theme"),
    }


def _as_rows(result: _Result) -> Iterator[dict[str, object]]:
    scores = _numbers(result.output.get("scores"))
    relevance = _numbers(result.output.get("itemsThemeRelevanceScores"))
    for index, one in enumerate(result.recommended):
        # With a filter, popular items that fill up a short list may have no score.
        yield {
            "input": result.id,
            "rank": index + 1,
            "recommended": one,
            "score": scores[index] if index < len(scores) else None,
            "theme": result.output.get("theme"),
            "relevance": relevance[index] if index < len(relevance) else None,
        }


def _numbers(values: object) -> list[Any]:
    return values if isinstance(values, list) else []


def _short_input(result: _Result) -> str:
    text = result.id
    return text if len(text) <= _SHOWN_INPUT else f"{text[: _SHOWN_INPUT - 1]}…"


def _read(source: str) -> Iterator[_Result]:
    for name in _files(source):
        with opened(name) as (stream, _):
            shown = "<stdin>" if name == STANDARD_INPUT else name
            for number, line in enumerate(_lines(stream), start=1):
                if line.strip():
                    yield _parsed(shown, number, line)


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    pending = b""
    while block := stream.read(256 * 1024):
        *whole, pending = (pending + block).split(b"\n")
        yield from whole
    if pending:
        yield pending


def _parsed(file: str, number: int, line: bytes) -> _Result:
    try:
        record = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        text = line.decode(errors="replace").strip()
        return _Result(file, number, text, {}, f"the line is no JSON ({error})")
    if not isinstance(record, dict) or not record.keys() & {"input", "output", "error", *_IDS}:
        return _Result(file, number, record, {}, "the line is no result of a batch job")
    # Results for item attributes have the attributes where others have their input.
    given = record.get("input", {key: record[key] for key in _IDS if key in record})
    output = record.get("output")
    reason = record.get("error")
    if reason is None and not isinstance(output, dict):
        reason = "there is neither an output nor an error"
    return _Result(
        file,
        number,
        given,
        output if isinstance(output, dict) else {},
        None if reason is None else str(reason),
    )


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
