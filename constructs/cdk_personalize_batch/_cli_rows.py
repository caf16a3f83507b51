"""How commands print rows: as a table, JSON Lines, CSV or Parquet."""

from __future__ import annotations

import csv
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import IO, Annotated

import typer

from cdk_personalize_batch._cli_common import NO_POLARS, CommandError, console, visible
from cdk_personalize_batch._whole_file import whole_file


class OutputFormat(Enum):
    """How rows are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


RowsAs = Annotated[OutputFormat, typer.Option("--format", "-f", help="How to print.")]
OutputFile = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="The file to write.  [default: standard output]"),
]


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
        output: The file to write, all of it or nothing; None for standard output.
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
        values = (row.get(name) for name in columns)
        table.add_row(*("" if value is None else visible(str(value)) for value in values))
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
        raise CommandError(NO_POLARS) from None
    kinds = {str: polars.String, int: polars.Int64, float: polars.Float64}
    schema = {name: kinds[kind] for name, kind in columns.items()}
    with tempfile.TemporaryDirectory() as folder:
        # Through a file, so that results of any size fit in memory.
        passing = Path(folder) / "rows.csv"
        with passing.open("w", newline="", encoding="utf-8") as file:
            _write_csv(rows, list(columns), file)
        made = Path(folder) / "rows.parquet"
        polars.scan_csv(passing, schema=schema).sink_parquet(made)
        with made.open("rb") as parquet, _binary_output(output) as target:
            while block := parquet.read(1024 * 1024):
                target.write(block)


@contextmanager
def _text_output(output: Path | None) -> Iterator[IO[str]]:
    if output is None:
        yield sys.stdout
    else:
        with whole_file(output) as path, path.open("w", newline="", encoding="utf-8") as file:
            yield file


@contextmanager
def _binary_output(output: Path | None) -> Iterator[IO[bytes]]:
    if output is None:
        yield sys.stdout.buffer
    else:
        with whole_file(output) as path, path.open("wb") as file:
            yield file
