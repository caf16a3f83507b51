"""The command `personalize-batch convert`: records from CSV and Parquet."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from cdk_personalize_batch.cli.files import STANDARD_INPUT, CommandError, is_s3
from cdk_personalize_batch.cli.options import (
    AnySize,
    Recipe,
    RecordsAs,
    Themes,
    examples,
    record_format,
)
from cdk_personalize_batch.cli.tables import Row, read_table
from cdk_personalize_batch.cli.text import counted, visible, visible_json
from cdk_personalize_batch.records import RecordFormat
from cdk_personalize_batch.records.problems import shortened
from cdk_personalize_batch.records.writing import encode, write


class _BadRowError(Exception):
    """What is wrong with the row at hand."""


def register(app: typer.Typer) -> None:
    """Adds the command."""
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
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise typer.BadParameter(
            f"must be one character that is no quote and no line end, got {delimiter!r}",
            param_hint="--delimiter",
        )
    if is_s3(target):
        raise typer.BadParameter(
            f"must be a file, got {target!r}; use a pipe: personalize-batch convert {source} - … "
            f"| aws s3 cp - {target}",
            param_hint="OUT",
        )
    if target != STANDARD_INPUT and not target.endswith(".json"):
        raise typer.BadParameter(f"must end in .json, got {target!r}", param_hint="OUT")
    mapping = _Mapping(
        wanted,
        _pairs(column, "--column", wanted.keys),
        _pairs(filter, "--filter", None),
        separator,
    )
    columns, rows = read_table(source, delimiter)
    records = mapping.records(source, columns, rows)
    if target == STANDARD_INPUT:
        for lines in encode(records, wanted, quotas=not any_size):
            if sys.stdout.isatty():
                print(*map(visible_json, lines.decode().split("\n")), sep="\n", end="")
            else:
                sys.stdout.buffer.write(lines)
        sys.stdout.buffer.flush()
        return
    count = write(records, target, wanted, quotas=not any_size)
    print(f"{visible(target)}: {counted(count, 'record')}", file=sys.stderr)


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
        self, source: str, names: Sequence[str], rows: Iterable[Row]
    ) -> Iterator[dict[str, object]]:
        """Yields a record for each row."""
        keys = [(key, names.index(self._column(source, key, names))) for key in self.format.keys]
        for column in self.filters.values():
            _check_column(source, column, names)
        filters = [(name, names.index(column)) for name, column in self.filters.items()]
        place = None
        for place, row in rows:
            if len(row) != len(names):
                raise CommandError(
                    f"{source}, {place}: it has {counted(len(row), 'value')} for "
                    f"{counted(len(names), 'column')}; write one for each, in quotes where a "
                    "delimiter is part of it"
                )
            at = 0
            try:
                record: dict[str, object] = {}
                for key, at in keys:
                    value = row[at]
                    record[key] = self._list(value) if key == "itemList" else _text(value)
                if filters:
                    values = {}
                    for name, at in filters:
                        values[name] = self._quoted(row[at])
                    record["filterValues"] = values
            except _BadRowError as error:
                raise CommandError(f"{source}, {place}, column {names[at]}: {error}") from None
            yield record
        if place is None:
            raise CommandError(f"{source} has columns, and no rows; write at least one")

    def _column(self, source: str, key: str, names: Sequence[str]) -> str:
        given = self.columns.get(key)
        if given is not None:
            return _check_column(source, given, names)
        found = [name for name in names if _plain(name) == _plain(key)]
        if len(found) != 1:
            which = f"several columns ({', '.join(found)})" if found else "no column"
            raise CommandError(
                f"{source} has {which} for {key}; name one with --column {key}=COLUMN of "
                f"{', '.join(names)}{_other_delimiter(names)}"
            )
        return found[0]

    def _list(self, value: object) -> list[str]:
        if isinstance(value, str) and value.startswith("[") and value.endswith("]"):
            # A list as a program prints it: all of it would become one id.
            raise _BadRowError(
                f"a list must have {self.separator!r} between its values and no brackets, got "
                f"{shortened(value)}; write it so, or as a list column of Parquet"
            )
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


def _other_delimiter(names: Sequence[str]) -> str:
    """Returns a hint where all names are in one: many spreadsheets write semicolons."""
    if len(names) != 1:
        return ""
    found = next((one for one in ";\t|," if one in names[0]), None)
    return f"; where {found!r} separates the columns, add --delimiter" if found else ""


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()
