"""The command `personalize-batch validate`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated, Final

import msgspec
import typer

from cdk_personalize_batch import limits
from cdk_personalize_batch.cli.files import STANDARD_INPUT, opened
from cdk_personalize_batch.cli.options import (
    AnySize,
    Recipe,
    RecordsAs,
    Themes,
    examples,
    record_format,
)
from cdk_personalize_batch.cli.text import console, counted, shown_name, visible, visible_json
from cdk_personalize_batch.records.problems import Problem, Report
from cdk_personalize_batch.records.reading import validate

_INPUT_FILES: Final = 1_000


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "validate",
        short_help="Check files of records before a job does.",
        help="Check files of records before a job does. The exit code is 1 if there are problems.",
        epilog=examples(
            "personalize-batch validate users.json --recipe aws-user-personalization-v2",
            "personalize-batch validate s3://bucket/items.json --recipe aws-similar-items --themes",
            "make-records | personalize-batch validate - --format users --json",
        ),
    )(_validate)


def _validate(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE", help="Files, S3 URIs, or - for stdin.")
    ],
    recipe: Recipe = None,
    format: RecordsAs = None,
    themes: Themes = False,
    any_size: AnySize = False,
    max_problems: Annotated[
        int, typer.Option(min=0, help="How many problems of a file to describe.")
    ] = 10,
    duplicates: Annotated[
        bool, typer.Option(help="Count records that are there more than once.")
    ] = True,
    json: Annotated[
        bool, typer.Option("--json", help="Print a JSON object for each file.")
    ] = False,
) -> None:
    wanted = record_format(recipe, format, themes=themes)
    if files.count(STANDARD_INPUT) > 1:
        raise typer.BadParameter("- is there more than once; give it once", param_hint="FILE")
    reports = []
    for name in files:
        with opened(name) as (stream, size), _progress(name, size) as progress:
            report = validate(
                stream,
                wanted,
                max_problems=max_problems,
                count_duplicates=duplicates,
                quotas=not any_size,
                progress=progress,
            )
        reports.append(report)
        shown = shown_name(name)
        if json:
            print(visible_json(_as_json(shown, report)))
        else:
            print("\n".join(map(visible, _as_text(shown, report))))
    together = [] if any_size else _problems_together(reports)
    for text in together:
        print(text, file=sys.stderr)
    if together or not all(report.ok for report in reports):
        raise typer.Exit(1)


@contextmanager
def _progress(name: str, size: int | None) -> Iterator[Callable[[int], object] | None]:
    """Yields what to call with each number of bytes read; None where nobody watches."""
    if size is None or not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn(visible(shown_name(name)), markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console(sys.stderr), transient=True) as progress:
        task = progress.add_task(name, total=size)
        yield lambda count: progress.advance(task, count)


def _as_json(name: str, report: Report) -> str:
    fields = msgspec.to_builtins(report)
    return msgspec.json.encode({"file": name, "ok": report.ok, **fields}).decode()


def _as_text(name: str, report: Report) -> Iterator[str]:
    for problem in report.problems:
        yield f"{_place(name, problem)}{replace(problem, line=None, column=None)}"
    hidden = report.problem_count - len(report.problems)
    if hidden:
        yield f"{name}: and {counted(hidden, 'more problem')}"
    for warning in report.warnings:
        yield f"{_place(name, warning)}warning: {replace(warning, line=None, column=None)}"
    found = counted(report.problem_count, "problem") if report.problem_count else "no problems"
    unread = "" if report.complete else "; the rest was not read"
    yield f"{name}: {counted(report.records, 'record')}, {report.bytes:,} bytes, {found}{unread}"


def _place(name: str, problem: Problem) -> str:
    places = [str(at) for at in (problem.line, problem.column) if at is not None]
    return f"{':'.join([name, *places])}: "


def _problems_together(reports: list[Report]) -> list[str]:
    """Returns what is wrong with files that each are right, as the input of one job."""
    size = sum(report.bytes for report in reports)
    problems = []
    if len(reports) > _INPUT_FILES:
        problems.append(
            f"{len(reports):,} files are more than the {_INPUT_FILES:,} of one job; join some"
        )
    if size > limits.INPUT_BYTES and len(reports) > 1:
        problems.append(
            f"together {size:,} bytes are more than the {limits.INPUT_BYTES:,} of one job; "
            "run several jobs, or a workflow (--any-size)"
        )
    return problems
