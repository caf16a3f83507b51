"""How commands print rows: as a table, JSON Lines, CSV or Parquet."""

from __future__ import annotations

import csv
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import IO, Annotated

import typer

from cdk_personalize_batch.cli.files import NO_POLARS, CommandError
from cdk_personalize_batch.cli.text import console, no_formula, visible, visible_json
from cdk_personalize_batch.records.whole_file import whole_file


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
    *,
    formulas: bool = True,
) -> None:
    """Prints rows.

    Args:
        rows: The rows; a value that is missing is empty.
        columns: The names of the columns, with the types of their values.
        how: The form.
        output: The file to write, all of it or nothing; None for standard output.
        formulas: Whether text in CSV may be what a spreadsheet takes for a formula. Default: - it
            may, because programs read the text as it is.
    """
    if how is OutputFormat.PARQUET:
        _emit_parquet(rows, columns, output)
        return
    with _text_output(output) as file:
        if how is OutputFormat.JSON:
            for row in rows:
                file.write(visible_json(json.dumps(row, ensure_ascii=False)) + "\n")
        elif how is OutputFormat.CSV:
            if not formulas:
                rows = _with_texts(rows, no_formula)
            if file.isatty():
                rows = _with_texts(rows, visible)
            _write_csv(rows, list(columns), file)
        else:
            _write_table(rows, columns, file)


def _with_texts(
    rows: Iterable[Mapping[str, object]], change: Callable[[str], str]
) -> Iterator[Mapping[str, object]]:
    for row in rows:
        yield {key: change(one) if isinstance(one, str) else one for key, one in row.items()}


class _EndingLines:
    """A file whose rows end in a line feed.

    Until Python 3.13, `csv` quotes those characters of a value alone that it ends rows with; a
    carriage return without quotes is the end of a row to most readers.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, row: str) -> None:
        """Writes a row."""
        self._file.write(row.removesuffix("\r\n") + "\n")


def _write_csv(rows: Iterable[Mapping[str, object]], columns: Sequence[str], file: IO[str]) -> None:
    writer = csv.DictWriter(_EndingLines(file), columns, extrasaction="ignore")
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
