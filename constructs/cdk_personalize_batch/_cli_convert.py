"""The command `personalize-batch convert`: records from CSV and Parquet."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cdk_personalize_batch._cli_common import (
    STANDARD_INPUT,
    AnySize,
    CommandError,
    Recipe,
    RecordsAs,
    Themes,
    counted,
    examples,
    record_format,
)
from cdk_personalize_batch.records import RecordFormat, encode, write

_ROWS: Final = 200_000


class _BadRowError(Exception):
    """What is wrong with the row at hand."""


def register(app: typer.Typer) -> None:
    """Adds the command.

    Args:
        app: The program.
    """
    app.command(
        "convert",
        short_help="Write records from a CSV or Parquet file.",
        help="Write records from the rows of a CSV or Parquet file, all of them or none. A column "
        "is found by its key, large and small letters and underscores apart: USER_ID is userId.",
        epilog=examples(
            "personalize-batch convert users.csv users.json --recipe aws-user-personalization-v2",
            "personalize-batch convert items.parquet items.json --format items -c itemId=sku",
            "personalize-batch convert users.csv users.json --format users --filter GENRES=genres",
            "query | personalize-batch convert - - --format ranking --separator ';' > lists.json",
        ),
    )(_convert)


def _convert(
    source: Annotated[
        str, typer.Argument(metavar="IN", help="A .csv, .tsv or .parquet file, or - for CSV.")
    ],
    target: Annotated[
        str, typer.Argument(metavar="OUT", help="The .json file to write, or - for stdout.")
    ],
    recipe: Recipe = None,
    format: RecordsAs = None,
    themes: Themes = False,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", "-c", metavar="KEY=COLUMN", help="Where a key comes from."),
    ] = None,
    filter: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            metavar="NAME=COLUMN",
            help="Where the value of a filter's placeholder $NAME comes from.",
        ),
    ] = None,
    separator: Annotated[
        str, typer.Option(help="What separates values where a column of text holds several.")
    ] = "|",
    delimiter: Annotated[
        str | None,
        typer.Option(help="What separates columns.  [default: a comma; a tab for .tsv]"),
    ] = None,
    any_size: AnySize = False,
) -> None:
    wanted = record_format(recipe, format, themes=themes)
    if not separator:
        raise typer.BadParameter("must not be empty", param_hint="--separator")
    if delimiter is not None and len(delimiter) != 1:
        raise typer.BadParameter("must be one character", param_hint="--delimiter")
    if target != STANDARD_INPUT and not target.endswith(".json"):
        raise typer.BadParameter(f"must end in .json, got {target!r}", param_hint="OUT")
    mapping = _Mapping(
        wanted,
        _pairs(column, "--column", wanted.keys),
        _pairs(filter, "--filter", None),
        separator,
    )
    columns, rows = _read(source, delimiter)
    records = mapping.records(source, columns, rows)
    if target == STANDARD_INPUT:
        for lines in encode(records, wanted, quotas=not any_size):
            sys.stdout.buffer.write(lines)
        sys.stdout.buffer.flush()
        return
    count = write(records, target, wanted, quotas=not any_size)
    print(f"{target}: {counted(count, 'record')}", file=sys.stderr)


def _pairs(
    given: Sequence[str] | None, option: str, keys: Sequence[str] | None
) -> Mapping[str, str]:
    pairs = {}
    for text in given or ():
        key, equals, column = text.partition("=")
        if not (key and equals and column):
            raise typer.BadParameter(f"must be NAME=COLUMN, got {text!r}", param_hint=option)
        if keys is not None and key not in keys:
            raise typer.BadParameter(
                f"there is no key {key!r}; the keys are {', '.join(keys)}", param_hint=option
            )
        pairs[key.removeprefix("$")] = column
    return pairs


@dataclass(frozen=True, slots=True)
class _Mapping:
    """How a row becomes a record."""

    format: RecordFormat
    columns: Mapping[str, str]
    filters: Mapping[str, str]
    separator: str

    def records(
        self, source: str, names: Sequence[str], rows: Iterable[Sequence[object]]
    ) -> Iterator[dict[str, object]]:
        """Yields a record for each row."""
        keys = [(key, names.index(self._column(source, key, names))) for key in self.format.keys]
        for column in self.filters.values():
            _check_column(source, column, names)
        filters = [(name, names.index(column)) for name, column in self.filters.items()]
        for number, row in enumerate(rows, start=1):
            try:
                record: dict[str, object] = {
                    key: self._list(row[at]) if key == "itemList" else _text(row[at])
                    for key, at in keys
                }
                if filters:
                    record["filterValues"] = {name: self._quoted(row[at]) for name, at in filters}
            except _BadRowError as error:
                raise CommandError(f"{source}, row {number:,}: {error}") from None
            except IndexError:
                raise CommandError(
                    f"{source}, row {number:,}: it has {len(row)} of {len(names)} columns; "
                    "write all of them"
                ) from None
            yield record

    def _column(self, source: str, key: str, names: Sequence[str]) -> str:
        given = self.columns.get(key)
        if given is not None:
            return _check_column(source, given, names)
        found = [name for name in names if _plain(name) == _plain(key)]
        if len(found) != 1:
            which = f"several columns ({', '.join(found)})" if found else "no column"
            raise CommandError(
                f"{source} has {which} for {key}; name one with --column {key}=COLUMN of "
                f"{', '.join(names)}"
            )
        return found[0]

    def _list(self, value: object) -> list[str]:
        parts = value.split(self.separator) if isinstance(value, str) else value
        if not isinstance(parts, list):
            raise _BadRowError(f"a list must be text or a list, got {value!r}; convert the column")
        return [_text(part) for part in parts]

    def _quoted(self, value: object) -> str:
        # Each value in quotes of its own, inside the one string.
        parts = self._list(value) if isinstance(value, str | list) else [_text(value)]
        return ",".join(json.dumps(part, ensure_ascii=False) for part in parts)


def _text(value: object) -> str:
    if value is None or value == "":
        raise _BadRowError("there is no value; leave the row out")
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise _BadRowError(
        f"an id must be text or a whole number, got {value!r} ({type(value).__name__}); "
        "convert the column to text"
    )


def _check_column(source: str, column: str, names: Sequence[str]) -> str:
    if column not in names:
        raise CommandError(f"{source} has no column {column!r}; it has {', '.join(names)}")
    return column


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def _read(source: str, delimiter: str | None) -> tuple[list[str], Iterator[Sequence[Any]]]:
    """Returns the names of the columns, and the rows."""
    readers: dict[str, Callable[[], tuple[list[str], Iterator[Sequence[Any]]]]] = {
        "": lambda: _csv(source, delimiter or ","),
        ".csv": lambda: _csv(source, delimiter or ","),
        ".tsv": lambda: _csv(source, delimiter or "\t"),
        ".parquet": lambda: _parquet(source),
    }
    ending = "" if source == STANDARD_INPUT else Path(source).suffix.lower() or "none"
    if ending not in readers:
        raise typer.BadParameter(
            f"must end in .csv, .tsv or .parquet, got {source!r}", param_hint="IN"
        )
    return readers[ending]()


def _csv(source: str, delimiter: str) -> tuple[list[str], Iterator[Sequence[Any]]]:
    def rows() -> Iterator[Sequence[Any]]:
        # Spreadsheets write a byte order mark, which "utf-8-sig" takes off.
        standard = source == STANDARD_INPUT
        binary = sys.stdin.buffer if standard else Path(source).open("rb")  # noqa: SIM115
        file = io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")
        try:
            for row in csv.reader(file, delimiter=delimiter, strict=True):
                if row:
                    yield row
        except (UnicodeDecodeError, csv.Error) as error:
            raise CommandError(f"{source} is no CSV in UTF-8 ({error}); save it as such") from None
        finally:
            if standard:
                file.detach()
            else:
                file.close()

    remaining = rows()
    names = next(remaining, None)
    if names is None:
        raise CommandError(f"{source} is empty; its first line must name the columns")
    return list(names), remaining


def _parquet(source: str) -> tuple[list[str], Iterator[Sequence[Any]]]:
    try:
        import polars
    except ModuleNotFoundError:
        raise CommandError(
            "Parquet needs the package polars; run pip install 'cdk-personalize-batch[cli]'"
        ) from None
    # An error of this program's own names the file; one of polars may not.
    if not Path(source).is_file():
        raise CommandError(f"there is no file {source}; correct the path")
    table = polars.scan_parquet(source, glob=False)
    try:
        names = table.collect_schema().names()
    except polars.exceptions.PolarsError as error:
        raise CommandError(f"{source} is no Parquet file ({error})") from None

    def rows() -> Iterator[Sequence[Any]]:
        start = 0
        while len(part := table.slice(start, _ROWS).collect()):
            yield from part.iter_rows()
            start += _ROWS

    return names, rows()
