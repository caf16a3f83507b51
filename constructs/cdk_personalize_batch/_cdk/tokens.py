"""Values that are known only at deploy time.

``Token.is_unresolved`` answers the same and costs half a millisecond a value, because the question
crosses to Node.js. The markers below are how the CDK writes a token into a value of that type.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

# What stands for a token in a string.
TOKEN: Final = re.compile(r"\$\{Token\[[^\]]*\]\}")

# What stands for one where a number is expected, as JSON and Python write it.
NUMBER_TOKEN: Final = re.compile(r"-1\.888\d*e\+289")

_STRING_MARKER = "${Token["
_LIST_MARKER = "#{Token["
# Numbers that stand for tokens are about -1.9e289; nothing that a user means is near.
_LARGEST_NUMBER_TOKEN = -1e280


def is_token(value: object) -> bool:
    """Tells whether a value is, or contains, one that only the deployment knows.

    Args:
        value: A string, a number or a list of strings; anything else is no token.
    """
    if isinstance(value, str):
        return _STRING_MARKER in value
    if isinstance(value, int | float):
        return value < _LARGEST_NUMBER_TOKEN
    if isinstance(value, Sequence):
        return any(isinstance(one, str) and _LIST_MARKER in one for one in value)
    return False
