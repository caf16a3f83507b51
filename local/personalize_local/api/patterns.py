"""The Java regular expressions of AWS's service models, matched with the standard library."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

# Java's Unicode categories, reduced to their ASCII members; `_fold` brings values to them.
_CATEGORIES: Final = {"L": "A-Za-z", "N": "0-9", "Z": " "}
_FOLDED: Final = {"L": "a", "N": "0", "Z": " "}


def matches(pattern: str, value: str) -> bool:
    r"""Tells whether a whole value matches a pattern of a service model.

    AWS matches the whole value even where the pattern has no `^` and `$`.

    Args:
        pattern: The pattern as the model writes it, with Java's `\p{…}` classes.
        value: The value.
    """
    compiled, folds = _compile(pattern)
    return compiled.fullmatch(_fold(value) if folds else value) is not None


@cache
def _compile(pattern: str) -> tuple[re.Pattern[str], bool]:
    """Returns the pattern in Python's syntax, and whether values need `_fold` before it."""
    folds = False
    text = pattern.replace(r"\p{ASCII}", r"[\x00-\x7f]")
    for category, members in _CATEGORIES.items():
        # The models use these only inside a character class, so that bare ranges are right.
        replaced = text.replace(rf"\p{{{category}}}", members)
        folds = folds or replaced != text
        text = replaced
    if r"\p{" in text:
        raise ValueError(f"pattern {pattern!r} uses a Unicode class that is not translated")
    # ASCII: Java's \d and \w know no other digits and letters.
    return re.compile(text, re.ASCII), folds


def _fold(value: str) -> str:
    """Replaces each non-ASCII letter, number and separator by an ASCII one of its category."""
    if value.isascii():
        return value
    return "".join(
        char if char.isascii() else _FOLDED.get(unicodedata.category(char)[0], char)
        for char in value
    )
