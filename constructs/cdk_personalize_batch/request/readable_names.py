"""Names that tell where something comes from, made of the path of its construct."""

from __future__ import annotations

import hashlib
import re
from typing import Final

_MARK_DIGITS: Final = 8


def words_of(path: str) -> str:
    """Returns a path with hyphens for what names of Amazon Personalize cannot have."""
    return re.sub(r"[^a-zA-Z0-9_]+", "-", path).strip("-_")


def marked(words: str, *, of: str, longest: int, otherwise: str) -> str:
    """Returns words with a hash behind them that tells them from others which read the same.

    Args:
        words: The words; their end is kept, because it tells more: the stack comes first.
        of: What the hash is made of.
        longest: The characters of the result, at most.
        otherwise: What it is called where there are no words.
    """
    kept = words[-(longest - _MARK_DIGITS - 1) :].lstrip("-_") or otherwise
    return f"{kept}-{hashlib.sha256(of.encode()).hexdigest()[:_MARK_DIGITS]}"
