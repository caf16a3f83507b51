"""What a person reads: counts, names, and no characters that act on a terminal."""

from __future__ import annotations

import os
import re
from typing import IO, TYPE_CHECKING, Any, Final

from cdk_personalize_batch.cli.files import STANDARD_INPUT

if TYPE_CHECKING:
    from rich.console import Console


# A table that is not read on a screen is not cut to its width.
_ANY_WIDTH: Final = 100_000

# Control characters, which move a cursor and more; those that turn the direction of text around,
# so that it reads as another one (Unicode Technical Report 36, "Bidirectional Text Spoofing"); line
# and paragraph separators; halves of a character, which cannot be written.
_ACTING: Final = (
    r"\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ud800-\udfff\ufff9-\ufffb"
)
_CONTROL: Final = re.compile(f"[{_ACTING}]")
# What spreadsheets take for a formula: OWASP, "CSV Injection".
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def console(file: IO[str]) -> Console:
    """Returns where a person reads: with colour on a terminal only, data never taken for markup."""
    from rich.console import Console

    options: dict[str, Any] = {"markup": False, "highlight": False, "emoji": False}
    if not file.isatty():
        # Not even where FORCE_COLOR asks for it: a program reads.
        options |= {"width": _ANY_WIDTH, "force_terminal": False}
    return Console(file=file, **options)


def shown_name(name: str) -> str:
    """Returns the name of an input as data have it: bytes that are no UTF-8 are replaced."""
    if name == STANDARD_INPUT:
        return "<stdin>"
    return os.fsencode(name).decode(errors="replace")


def visible(text: str) -> str:
    """Spells the characters of a text out that act on a terminal: ids and keys may have any."""
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)


def visible_json(text: str) -> str:
    """Returns the same JSON, in one line, with nothing in it that acts on a terminal."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def no_formula(text: str) -> str:
    """Returns a text that spreadsheets show and do not calculate: an apostrophe comes first."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def counted(number: int, thing: str) -> str:
    """Returns a number with its thing, in the plural where it must be."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
