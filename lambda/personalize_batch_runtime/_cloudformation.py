"""CloudFormation's custom resource protocol: parse the event, run the work, always answer.

The event and the answer are described in the CloudFormation User Guide, "Custom resource request
and response reference": the whole answer has at most 4,096 bytes, a FAILED one needs a Reason, and
the physical id is never empty.
"""

from __future__ import annotations

import json
import logging
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from personalize_batch_runtime._errors import RuntimeFailure, error_text

LONGEST_ANSWER_BYTES = 4096
ANSWER_ATTEMPTS = 4
ANSWER_TIMEOUT_SECONDS = 5

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Event:
    """One request of CloudFormation."""

    request_type: str
    stack_id: str
    request_id: str
    logical_id: str
    physical_id: str | None
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a successful request gives back."""

    physical_id: str
    attributes: Mapping[str, str] = field(default_factory=dict)


def serve(
    raw: Mapping[str, Any],
    work: Callable[[Event], Answer],
    *,
    send: Callable[[str, bytes], None] | None = None,
) -> None:
    """Runs the work for an event and answers CloudFormation, whatever happens.

    Args:
        raw: The event as Lambda got it.
        work: Does what the event asks; what it raises becomes the reason of the failure.
        send: Puts the answer to the response URL. Default: - an HTTPS PUT with retries.

    Raises:
        RuntimeFailure: If there is no response URL, so nobody can be answered.
        OSError: If the answer could not be delivered; Lambda then runs the event again.
    """
    url = raw.get("ResponseURL")
    if not isinstance(url, str) or not url.startswith("http"):
        raise RuntimeFailure(
            "the event has no ResponseURL: this function answers custom resource requests of "
            "CloudFormation and nothing else."
        )
    try:
        event = _parse(raw)
        answer = work(event)
        body = _encode(raw, "SUCCESS", answer.physical_id, "", answer.attributes)
    except Exception as error:
        logger.exception("the request failed")
        body = _encode(raw, "FAILED", _known_id(raw), error_text(error), {})
    (send or put)(url, body)


def put(url: str, body: bytes) -> None:
    """Puts the answer to the presigned URL; a refusal or a broken connection is tried again."""
    for attempt in range(ANSWER_ATTEMPTS):
        # An empty content type: the presigned URL is signed without one.
        request = urllib.request.Request(  # noqa: S310 - CloudFormation's own URL
            url, data=body, method="PUT", headers={"Content-Type": ""}
        )
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_TIMEOUT_SECONDS):  # noqa: S310
                return
        except OSError as error:
            logger.warning("the answer was not taken (attempt %d): %s", attempt + 1, error)
            if attempt == ANSWER_ATTEMPTS - 1:
                raise
            time.sleep(2**attempt / 4)


def _parse(raw: Mapping[str, Any]) -> Event:
    missing = [
        key
        for key in ("RequestType", "StackId", "RequestId", "LogicalResourceId")
        if not isinstance(raw.get(key), str)
    ]
    if missing:
        raise RuntimeFailure(f"the event lacks {', '.join(missing)}; it is not CloudFormation's.")
    properties = raw.get("ResourceProperties")
    return Event(
        request_type=raw["RequestType"],
        stack_id=raw["StackId"],
        request_id=raw["RequestId"],
        logical_id=raw["LogicalResourceId"],
        physical_id=raw.get("PhysicalResourceId"),
        properties=properties if isinstance(properties, Mapping) else {},
    )


def _known_id(raw: Mapping[str, Any]) -> str:
    # A failed update keeps its id, or CloudFormation would take it for a replacement. A failed
    # create has made nothing, and its id says so to whoever reads the Delete that follows.
    known = raw.get("PhysicalResourceId")
    return str(known or f"no-job-{raw.get('RequestId', 'unknown')}")


def _encode(
    raw: Mapping[str, Any],
    status: str,
    physical_id: str,
    reason: str,
    attributes: Mapping[str, str],
) -> bytes:
    answer = {
        "Status": status,
        "PhysicalResourceId": physical_id,
        "StackId": raw.get("StackId", ""),
        "RequestId": raw.get("RequestId", ""),
        "LogicalResourceId": raw.get("LogicalResourceId", ""),
        "Reason": "",
        "Data": dict(attributes),
    }
    room = LONGEST_ANSWER_BYTES - len(json.dumps(answer).encode())
    answer["Reason"] = _shortened(reason, room)
    return json.dumps(answer).encode()


def _shortened(text: str, room: int) -> str:
    """Cuts the text in the middle so that it fits as JSON; both its ends carry meaning."""
    if len(json.dumps(text)) - 2 <= room:
        return text
    kept = len(text) // 2
    while True:
        shorter = f"{text[:kept]} […] {text[-kept:]}" if kept else ""
        if len(json.dumps(shorter)) - 2 <= room:
            return shorter
        kept = kept * 9 // 10
