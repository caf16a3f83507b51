"""CloudFormation's custom resource protocol: parse the event, run the work, always answer.

The event and the answer are described in the CloudFormation User Guide, "Custom resource request
and response reference": the whole answer has at most 4,096 bytes, a FAILED one needs a Reason, and
the physical id is never empty.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from personalize_batch_runtime._errors import HandedOver, RuntimeFailure, error_text
from personalize_batch_runtime._job import presigned

# CloudFormation's own ids are shorter; the physical id has this many bytes at most.
LONGEST_PHYSICAL_ID = 1024
LONGEST_ECHO = 600

logger = logging.getLogger(__name__)


class Event(NamedTuple):
    """One request of CloudFormation, and all that came with it."""

    request_type: str
    stack_id: str
    request_id: str
    logical_id: str
    physical_id: str | None
    properties: Mapping[str, Any]
    old_properties: Mapping[str, Any]
    raw: Mapping[str, Any]


class Answer(NamedTuple):
    """What a successful request gives back."""

    physical_id: str
    attributes: Mapping[str, str]


def serve(
    raw: Mapping[str, Any],
    work: Callable[[Event], Answer],
    *,
    put: Callable[[str, bytes], None],
) -> None:
    """Runs the work for an event and answers CloudFormation, whatever happens.

    What the work raises becomes the reason of the failure, unless it was handed over: then another
    invocation answers.

    Raises:
        RuntimeFailure: If there is no response URL, so nobody can be answered.
        OSError: If the answer could not be delivered; Lambda then runs the event again.
    """
    url = raw.get("ResponseURL")
    if not isinstance(url, str) or not presigned.is_presigned(url):
        raise RuntimeFailure(
            "the event has no ResponseURL: this function answers custom resource requests of "
            "CloudFormation, and signals at the end of a wait, and nothing else."
        )
    try:
        body = _success(raw, work(_parse(raw)))
    except HandedOver:
        return
    except Exception as error:
        logger.exception("the request failed")
        body = _encode(raw, "FAILED", _known_id(raw), error_text(error), {})
    put(url, body)


def _parse(raw: Mapping[str, Any]) -> Event:
    missing = [
        key
        for key in ("RequestType", "StackId", "RequestId", "LogicalResourceId")
        if not isinstance(raw.get(key), str)
    ]
    if missing:
        raise RuntimeFailure(
            f"the event lacks {', '.join(missing)}, so it is not one of CloudFormation's; this "
            "function is called by a custom resource of cdk-personalize-batch only."
        )
    physical_id = raw.get("PhysicalResourceId")
    return Event(
        request_type=raw["RequestType"],
        stack_id=raw["StackId"],
        request_id=raw["RequestId"],
        logical_id=raw["LogicalResourceId"],
        physical_id=physical_id if isinstance(physical_id, str) else None,
        properties=_mapping(raw.get("ResourceProperties")),
        old_properties=_mapping(raw.get("OldResourceProperties")),
        raw=raw,
    )


def _success(raw: Mapping[str, Any], answer: Answer) -> bytes:
    body = _encode(raw, "SUCCESS", answer.physical_id, "", answer.attributes)
    if len(body) > presigned.LONGEST_BODY_BYTES:
        raise RuntimeFailure(
            f"the answer would have {len(body)} bytes, and CloudFormation takes 4096: use a "
            "shorter prefix for the output."
        )
    return body


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


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
    echo = {
        key: presigned.shortened(str(raw.get(key, "")), LONGEST_ECHO)
        for key in ("StackId", "RequestId", "LogicalResourceId")
    }
    fields = {
        "Status": status,
        "PhysicalResourceId": presigned.shortened(physical_id, LONGEST_PHYSICAL_ID),
        **echo,
        "Data": dict(attributes),
    }
    return presigned.encode(fields, reason=reason)
