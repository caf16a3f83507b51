"""Tables that `personalize-batch convert` reads: CSV and Parquet."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import typer

from cdk_personalize_batch.cli.files import NO_POLARS, STANDARD_INPUT, CommandError, is_s3

_ROWS: Final = 200_000
# As long as the longest line of records that is checked.
_LONGEST_CELL: Final = 4 * 1024 * 1024
_GZIP: Final = b"\x1f\x8b"

# Where a row is, as a person finds it, and the row.
Row = tuple[str, Sequence[Any]]
Table = tuple[list[str], Iterator[Row]]


def read_table(source: str, delimiter: str | None) -> Table:
    """Returns the names of the columns, and the rows.

    Args:
        source: A file, or `-` for CSV from standard input.
        delimiter: What separates the columns of text; None for what the name of the file says.
    """
    if is_s3(source):
        raise CommandError(
            f"{source} is in S3, and only files are converted; copy it, or for CSV use a pipe: "
            f"aws s3 cp {source} - | personalize-batch convert - …"
        )
    readers: dict[str, Callable[[], Table]] = {
        "": lambda: _csv(source, delimiter or ","),
        ".csv": lambda: _csv(source, delimiter or ","),
        ".tsv": lambda: _csv(source, delimiter or "\t"),
        ".parquet": lambda: _parquet(source),
    }
    ending = "" if source == STANDARD_INPUT else Path(source).suffix.lower() or "none"
    if ending not in readers:
        pipe = "; use gunzip -c FILE | personalize-batch convert - …" if ending == ".gz" else ""
        raise typer.BadParameter(
            f"must end in .csv, .tsv or .parquet, got {source!r}{pipe}", param_hint="IN"
        )
    return readers[ending]()


def _csv(source: str, delimiter: str) -> Table:
    remaining = _rows_of_csv(source, delimiter)
    names = next(remaining, None)
    if names is None:
        raise CommandError(f"{source} is empty; its first line must name the columns")
    return list(names[1]), remaining


def _rows_of_csv(source: str, delimiter: str) -> Iterator[Row]:
    if source == STANDARD_INPUT:
        yield from _rows_of(source, sys.stdin.buffer, delimiter)
    else:
        with Path(source).open("rb") as binary:
            yield from _rows_of(source, binary, delimiter)


def _rows_of(source: str, binary: BinaryIO, delimiter: str) -> Iterator[Row]:
    _refuse_gzip(source, binary)
    # Spreadsheets write a byte order mark, which "utf-8-sig" takes off.
    file = io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            if row:
                yield f"line {line:,}", row
            line = reader.line_num + 1
    except UnicodeDecodeError as error:
        line = reader.line_num + error.object.count(b"\n", 0, error.start) + 1
        raise CommandError(
            f"{source}, line {line:,}: it is not UTF-8, got the byte "
            f"0x{error.object[error.start]:02x}; save the file as CSV in UTF-8"
        ) from None
    except csv.Error as error:
        raise CommandError(
            f"{source}, line {line:,}: the row is no CSV ({error}); put values with quotes, "
            "delimiters or line ends in quotes, and double the quotes in them"
        ) from None
    finally:
        # Standard input must stay open, and a file is closed by who has opened it.
        file.detach()


def _refuse_gzip(source: str, binary: BinaryIO) -> None:
    start = binary.peek(len(_GZIP)) if isinstance(binary, io.BufferedReader) else b""
    if start.startswith(_GZIP):
        raise CommandError(f"{source} is compressed with gzip; decompress it, as gunzip -c does")


def _parquet(source: str) -> Table:
    try:
        import polars
    except ModuleNotFoundError:
        raise CommandError(NO_POLARS) from None
    # An error of this program's own names the file; one of polars may not.
    if Path(source).is_dir():
        raise CommandError(f"{source} is a folder; convert the files in it one by one")
    if not Path(source).is_file():
        raise CommandError(f"there is no file {source}; correct the path")
    table = polars.scan_parquet(source, glob=False)
    try:
        names = table.collect_schema().names()
    except polars.exceptions.PolarsError as error:
        raise CommandError(
            f"{source} is no Parquet file ({error}); name one, or end the name of CSV in .csv"
        ) from None

    def rows() -> Iterator[Row]:
        start = 0
        while len(part := table.slice(start, _ROWS).collect()):
            for number, row in enumerate(part.iter_rows(), start=start + 1):
                yield f"row {number:,}", row
            start += _ROWS

    return names, rows()
