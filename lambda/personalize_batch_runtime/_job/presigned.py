"""Small JSON bodies that are put to a presigned URL: CloudFormation reads 4,096 bytes of them."""

from __future__ import annotations

import json
import logging
import time
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

LONGEST_BODY_BYTES = 4095
PUT_ATTEMPTS = 4
PUT_TIMEOUT_SECONDS = 5

logger = logging.getLogger(__name__)


def put(url: str, body: bytes, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Puts a body to a presigned URL; a refusal or a broken connection is tried again.

    Raises:
        OSError: If it was not taken.
    """
    for attempt in range(PUT_ATTEMPTS):
        # An empty content type: the presigned URL is signed without one.
        request = urllib.request.Request(  # noqa: S310 - is_presigned() has seen it
            url, data=body, method="PUT", headers={"Content-Type": ""}
        )
        try:
            with urllib.request.urlopen(request, timeout=PUT_TIMEOUT_SECONDS):  # noqa: S310
                return
        except OSError as error:
            logger.warning("the answer was not taken (attempt %d): %s", attempt + 1, error)
            if attempt == PUT_ATTEMPTS - 1:
                raise
            sleep(2**attempt / 4)


def is_presigned(url: object) -> bool:
    """Tells whether a body can be put there."""
    return isinstance(url, str) and url.startswith("https://")


def encode(fields: Mapping[str, Any], *, reason: str) -> bytes:
    """Makes the body: the fields and the ``Reason``, cut so that all fits."""
    answer = {**fields, "Reason": ""}
    room = LONGEST_BODY_BYTES - len(json.dumps(answer))
    answer["Reason"] = shortened(reason, room)
    return json.dumps(answer).encode()


def shortened(text: str, room: int) -> str:
    """Cuts the text in the middle so that it fits as JSON; both its ends carry meaning."""
    if _json_length(text) <= room:
        return text
    kept = min(len(text), max(room, 0)) // 2
    while kept:
        shorter = f"{text[:kept]} […] {text[-kept:]}"
        if _json_length(shorter) <= room:
            return shorter
        kept = kept * 9 // 10
    return ""


def _json_length(text: str) -> int:
    return len(json.dumps(text)) - 2
