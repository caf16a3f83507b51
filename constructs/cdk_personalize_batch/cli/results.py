"""The command `personalize-batch results`: what a job wrote."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cdk_personalize_batch.cli.options import examples
from cdk_personalize_batch.cli.output import OutputFile, OutputFormat, RowsAs, emit
from cdk_personalize_batch.cli.result_files import Result, read_results
from cdk_personalize_batch.cli.text import counted, visible

_TABLE_ROWS: Final = 20
_SHOWN_IDS: Final = 10
_SHOWN_INPUT: Final = 60
_MOST_REASONS: Final = 1_000
_ROWS: Final = {
    "input": str,
    "rank": int,
    "recommended": str,
    "score": float,
    "theme": str,
    "relevance": float,
}
_FAILED: Final = {"file": str, "line": int, "input": str, "error": str}


def register(app: typer.Typer) -> None:
    """Adds the command."""
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
    no_formulas: Annotated[
        bool,
        typer.Option(
            "--no-formulas",
            help="With CSV: put an apostrophe before text that a spreadsheet takes for a formula.",
        ),
    ] = False,
    output: OutputFile = None,
) -> None:
    if no_formulas and format is not OutputFormat.CSV:
        raise typer.BadParameter("is for --format csv", param_hint="--no-formulas")
    if limit is None and format is OutputFormat.TABLE:
        limit = _TABLE_ROWS
    results = (result for source in sources for result in read_results(source))
    if errors:
        _show_errors(results, format, limit, output, formulas=not no_formulas)
    else:
        _show(results, format, limit, output, formulas=not no_formulas)


def _show(
    results: Iterable[Result],
    how: OutputFormat,
    limit: int | None,
    output: Path | None,
    *,
    formulas: bool,
) -> None:
    seen: Counter[str] = Counter()

    def good() -> Iterator[Result]:
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
        table = [_as_table_row(result) for result in shown]
        themes = {"theme": str} if any(row["theme"] for row in table) else {}
        emit(table, {"input": str, "results": int, "recommended": str, **themes}, how, output)
    else:
        rows = (row for result in shown for row in _as_rows(result))
        emit(rows, _ROWS, how, output, formulas=formulas)
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
    results: Iterable[Result],
    how: OutputFormat,
    limit: int | None,
    output: Path | None,
    *,
    formulas: bool,
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
    emit(islice(rows, limit), _FAILED, how, output, formulas=formulas)
    for _ in rows:  # counts the rest
        pass
    count = sum(reasons.values())
    print(f"{count:,} of {counted(total, 'record')} failed", file=sys.stderr)
    for reason, number in reasons.most_common():
        print(f"  {number:,}: {visible(' '.join(reason.split()))}", file=sys.stderr)
    if count:
        raise typer.Exit(1)


def _as_record(result: Result) -> dict[str, object]:
    return {"input": result.input, "output": result.output, "error": None}


def _as_table_row(result: Result) -> dict[str, object]:
    ids = result.recommended
    more = ", …" if len(ids) > _SHOWN_IDS else ""
    return {
        "input": _short_input(result),
        "results": len(ids),
        "recommended": ", ".join(map(str, ids[:_SHOWN_IDS])) + more,
        "theme": result.output.get("theme"),
    }


def _as_rows(result: Result) -> Iterator[dict[str, object]]:
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


def _short_input(result: Result) -> str:
    text = result.id
    return text if len(text) <= _SHOWN_INPUT else f"{text[: _SHOWN_INPUT - 1]}…"
