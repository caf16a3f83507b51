"""Reads the characters in patterns of policies that are marked as themselves.

MiniStack takes the mark for ordinary text, and a pattern for one line.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from ministack.core import iam_evaluator

from personalize_local.emulator.mend import Mend

_PART: Final = re.compile(r"\$\{(?P<marked>[*?$])\}|(?P<variable>\$\{[^}]*\})|(?P<wild>[*?])")
_NEVER: Final = "(?!)"


def _apply() -> None:
    iam_evaluator._fnmatch_compile = _compiled


@cache
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    text = []
    end = 0
    for found in _PART.finditer(pattern):
        text += [re.escape(pattern[end : found.start()]), _expression(found)]
        end = found.end()
    text.append(re.escape(pattern[end:]))
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else re.NOFLAG)
    # `match` begins at the start.
    return re.compile("".join(text) + r"\Z", flags)


def _expression(found: re.Match[str]) -> str:
    if found["marked"]:
        return re.escape(found["marked"])
    # A variable without a value matches nothing, and here none has one.
    return {"*": ".*", "?": "."}.get(found["wild"], _NEVER)


MEND: Final = Mend(
    aws="In the pattern of a policy ${*}, ${?} and ${$} are the characters themselves; a variable "
    "that has no value matches nothing.",
    source="IAM User Guide, IAM policy elements: Variables and tags",
    apply=_apply,
)
