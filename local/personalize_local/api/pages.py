"""Pages of lists, with opaque tokens."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Sequence
from typing import Final

from personalize_local import limits
from personalize_local.errors import ApiError

_SIGNATURE: Final = 16


class Pager:
    """Cuts lists into pages.

    A token says where the next page begins. It is signed, with the list that it belongs to, so that
    an invented token, or one of another list, is refused.
    """

    def __init__(self) -> None:
        """Makes a pager with a signing key of its own."""
        self._key = os.urandom(32)

    def page(
        self,
        key: str,
        rows: Sequence[dict[str, object]],
        *,
        of: str,
        token: str | None,
        size: int | None,
    ) -> dict[str, object]:
        """Returns one page as a response.

        Args:
            key: The key of the rows in the response.
            rows: The whole list; new rows may only come at its end.
            of: What identifies the list: operation, account, region, filters.
            token: The request's `nextToken`; None for the first page.
            size: The request's `maxResults`.

        Returns:
            The page under `key`, and `nextToken` when there is more.

        Raises:
            ApiError: InvalidNextTokenException.
        """
        start = 0 if token is None else self._read(token, of)
        end = start + (size or limits.ROWS_PER_PAGE)
        response: dict[str, object] = {key: list(rows[start:end])}
        if end < len(rows):
            response["nextToken"] = self._write(end, of)
        return response

    def _write(self, start: int, of: str) -> str:
        return base64.urlsafe_b64encode(self._sign(start, of) + str(start).encode()).decode()

    def _read(self, token: str, of: str) -> int:
        try:
            raw = base64.b64decode(token, altchars=b"-_", validate=True)
            start = int(raw[_SIGNATURE:])
        except (binascii.Error, ValueError):
            raise _refused() from None
        if not hmac.compare_digest(raw[:_SIGNATURE], self._sign(start, of)):
            raise _refused()
        return start

    def _sign(self, start: int, of: str) -> bytes:
        text = f"{start} {of}".encode()
        return hmac.new(self._key, text, hashlib.sha256).digest()[:_SIGNATURE]


def _refused() -> ApiError:
    return ApiError(
        "InvalidNextTokenException",
        "The nextToken is not one that this list gave; start again without it.",
    )
