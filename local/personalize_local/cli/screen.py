"""What a person sees: tables, and what is going on meanwhile."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from rich.console import Console

# A table that is not read on a screen is not cut to its width.
_ANY_WIDTH: Final = 100_000


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Prints a table to standard output, in columns of plain text."""
    from rich.table import Table

    table = Table(*columns, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in table.columns:
        # An ARN in two lines could not be copied.
        column.no_wrap, column.overflow = True, "ignore"
    for row in rows:
        table.add_row(*row)
    console = _console(sys.stdout)
    with console.capture() as captured:
        console.print(table, crop=False)
    # By hand: rich would end the process when its reader has gone, and fills the last column up.
    print("\n".join(line.rstrip() for line in captured.get().splitlines()))


@contextmanager
def showing(what: str) -> Iterator[None]:
    """Shows on a terminal what is going on, until it is over."""
    if not sys.stderr.isatty():
        yield
        return
    with _console(sys.stderr).status(what):
        yield


def _console(file: IO[str]) -> Console:
    from rich.console import Console

    options: dict[str, Any] = {"markup": False, "highlight": False, "emoji": False}
    if not file.isatty():
        # Not even where FORCE_COLOR asks for it: a program reads.
        options |= {"width": _ANY_WIDTH, "force_terminal": False}
    return Console(file=file, **options)
