"""What the commands share: their options, AWS, files, and how they print."""

from __future__ import annotations

import csv
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, BinaryIO, Final

import typer

from cdk_personalize_batch.records import RECIPES, RecordFormat

if TYPE_CHECKING:
    from rich.console import Console

STANDARD_INPUT: Final = "-"
# A table that is not read on a screen is not cut to its width.
_ANY_WIDTH: Final = 100_000


class CommandError(Exception):
    """What a person did or met, and what to do: one line."""


class OutputFormat(Enum):
    """How rows are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


def _recipes(incomplete: str) -> list[str]:
    return [name for name in RECIPES if name.startswith(incomplete)]


Recipe = Annotated[
    str | None,
    typer.Option(
        "--recipe",
        "-r",
        metavar="NAME|ARN",
        help="The recipe that the records are for, such as aws-similar-items.",
        autocompletion=_recipes,
    ),
]
Themes = Annotated[bool, typer.Option("--themes", help="The job makes themes (with --recipe).")]
AnySize = Annotated[
    bool,
    typer.Option(
        "--any-size",
        help="Allow more than one job takes: the input of a workflow, which splits it.",
    ),
]
RecordsAs = Annotated[
    RecordFormat | None, typer.Option("--format", "-f", help="The format, instead of a recipe.")
]
RowsAs = Annotated[OutputFormat, typer.Option("--format", "-f", help="How to print.")]
OutputFile = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="The file to write.  [default: standard output]"),
]


def examples(*lines: str) -> str:
    """Returns the end of a help text; the mark keeps typer from filling the lines.

    Args:
        lines: Commands.
    """
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))


def record_format(recipe: str | None, named: RecordFormat | None, *, themes: bool) -> RecordFormat:
    """Returns the format that the options `--recipe`, `--format` and `--themes` name.

    Args:
        recipe: The recipe's name or ARN.
        named: The format.
        themes: Whether the job makes themes.
    """
    if (recipe is None) == (named is None):
        raise typer.BadParameter("give one of --recipe and --format")
    if named is not None:
        if themes:
            raise typer.BadParameter("--themes goes with --recipe; use --format themes")
        return named
    try:
        return RecordFormat.for_recipe(str(recipe), themes=themes)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--recipe") from None


def client(service: str) -> Any:  # noqa: ANN401 - boto3 is untyped
    """Returns a boto3 client with the ordinary credentials.

    Args:
        service: The name of the service.
    """
    import boto3
    from botocore.config import Config

    # AWS_REGION is what every tool but boto3 reads.
    session = boto3.session.Session(region_name=os.environ.get("AWS_REGION"))
    retries = {"mode": "standard", "total_max_attempts": 8}
    return session.client(service, config=Config(retries=retries))


def is_s3(name: str) -> bool:
    """Whether a name is an S3 URI.

    Args:
        name: What was given.
    """
    return name.startswith("s3://")


def split_s3(uri: str) -> tuple[str, str]:
    """Returns the bucket and the key of an S3 URI.

    Args:
        uri: The URI.
    """
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not bucket:
        raise CommandError(f"{uri!r} names no bucket; write s3://bucket/key")
    return bucket, key


@contextmanager
def opened(name: str) -> Iterator[tuple[BinaryIO, int | None]]:
    """Opens a file, an object in S3 or, for `-`, standard input, and says its size if known.

    Args:
        name: The path, S3 URI or `-`.
    """
    if name == STANDARD_INPUT:
        yield sys.stdin.buffer, None
    elif is_s3(name):
        bucket, key = split_s3(name)
        answer = client("s3").get_object(Bucket=bucket, Key=key)
        with answer["Body"] as body:
            yield body, answer["ContentLength"]
    else:
        with Path(name).open("rb", buffering=0) as file:
            yield file, os.fstat(file.fileno()).st_size or None


def console(file: IO[str]) -> Console:
    """Returns where a person reads: with colour on a terminal only, data never taken for markup.

    Args:
        file: Standard output, standard error, or a file.
    """
    from rich.console import Console

    width = None if file.isatty() else _ANY_WIDTH
    return Console(file=file, width=width, markup=False, highlight=False, emoji=False)


def counted(number: int, thing: str) -> str:
    """Returns a number with its thing, in the plural where it must be.

    Args:
        number: How many.
        thing: Of what, one of them.
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def emit(
    rows: Iterable[Mapping[str, object]],
    columns: Mapping[str, type],
    how: OutputFormat,
    output: Path | None,
) -> None:
    """Prints rows.

    Args:
        rows: The rows; a value that is missing is empty.
        columns: The names of the columns, with the types of their values.
        how: The form.
        output: The file to write; None for standard output.
    """
    if how is OutputFormat.PARQUET:
        _emit_parquet(rows, columns, output)
        return
    with _text_output(output) as file:
        if how is OutputFormat.JSON:
            for row in rows:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        elif how is OutputFormat.CSV:
            _write_csv(rows, list(columns), file)
        else:
            _write_table(rows, columns, file)


def _write_csv(rows: Iterable[Mapping[str, object]], columns: Sequence[str], file: IO[str]) -> None:
    writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def _write_table(
    rows: Iterable[Mapping[str, object]], columns: Mapping[str, type], file: IO[str]
) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, kind in columns.items():
        table.add_column(name.upper(), justify="left" if kind is str else "right", overflow="fold")
    for row in rows:
        table.add_row(*("" if row.get(name) is None else str(row[name]) for name in columns))
    screen = console(file)
    if screen.is_terminal:
        screen.print(table)
        return
    with screen.capture() as capture:
        screen.print(table)
    file.writelines(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def _emit_parquet(
    rows: Iterable[Mapping[str, object]], columns: Mapping[str, type], output: Path | None
) -> None:
    if output is None and sys.stdout.isatty():
        raise typer.BadParameter("Parquet is binary; name a file with --output, or a pipe")
    try:
        import polars
    except ModuleNotFoundError:
        raise CommandError(
            "Parquet needs the package polars; run pip install 'cdk-personalize-batch[cli]'"
        ) from None
    kinds = {str: polars.String, int: polars.Int64, float: polars.Float64}
    schema = {name: kinds[kind] for name, kind in columns.items()}
    with tempfile.TemporaryDirectory() as folder:
        # Through a file, so that results of any size fit in memory.
        passing = Path(folder) / "rows.csv"
        with passing.open("w", newline="", encoding="utf-8") as file:
            _write_csv(rows, list(columns), file)
        made = Path(folder) / "rows.parquet"
        polars.scan_csv(passing, schema=schema).sink_parquet(output or made)
        if output is None:
            with made.open("rb") as parquet:
                while block := parquet.read(1024 * 1024):
                    sys.stdout.buffer.write(block)


@contextmanager
def _text_output(output: Path | None) -> Iterator[IO[str]]:
    if output is None:
        yield sys.stdout
    else:
        with output.open("w", newline="", encoding="utf-8") as file:
            yield file
