"""Tells a wait condition how a batch job ended, so that the stack goes on or fails.

The waiter state machine calls this once, at its end. The body of a signal is described in the
CloudFormation User Guide, "Wait condition signal JSON format".
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from personalize_batch_runtime._errors import RuntimeFailure, one_line
from personalize_batch_runtime._job import presigned
from personalize_batch_runtime._job.kinds import kind_of

ACTIVE = "ACTIVE"
FAILED = "FAILED"
UNREADABLE = "UNREADABLE"

logger = logging.getLogger(__name__)


def send(signal: Mapping[str, Any], *, put: Callable[[str, bytes], None]) -> None:
    """Signals the handle of the wait condition.

    A signal has ``handleUrl``, ``jobName``, ``jobArn`` and ``status``, and, where they apply,
    ``failureReason``, ``timedOutAfterSeconds`` and ``unreadable``, why there is no status.

    Raises:
        RuntimeFailure: If the signal is not of its form.
        OSError: If the handle does not take it; the state machine then calls again.
    """
    url = signal.get("handleUrl")
    if not isinstance(url, str) or not presigned.is_presigned(url):
        raise RuntimeFailure(
            "a signal needs the handleUrl of a wait condition, which begins with https://; the "
            "waiter state machine of cdk-personalize-batch passes it on."
        )
    lacking = [key for key in ("jobName", "jobArn") if not _is_text(signal.get(key))]
    if lacking:
        raise RuntimeFailure(
            f"the signal lacks {', '.join(lacking)}; the waiter state machine of "
            "cdk-personalize-batch passes them on."
        )
    status = str(signal.get("status") or UNREADABLE)
    failure = _failure(signal, status)
    body = presigned.encode(
        {
            "Status": "FAILURE" if failure else "SUCCESS",
            # A signal that is sent twice counts once, because its id is the same.
            "UniqueId": presigned.shortened(signal["jobName"], 256),
            "Data": presigned.shortened(status, 256),
        },
        reason=failure or f"{_subject(signal)} is {ACTIVE}.",
    )
    put(url, body)
    logger.info("signalled that the job is %s", status)


def _failure(signal: Mapping[str, Any], status: str) -> str | None:
    if status == ACTIVE:
        return None
    if status == UNREADABLE:
        return (
            f"the state of {_subject(signal)} cannot be read: "
            f"{one_line(str(signal.get('unreadable') or 'no reason was given.'))} The job goes on, "
            "and is billed. Look at it before you deploy again."
        )
    if status.endswith(FAILED):
        return (
            f"{_subject(signal)} failed: {signal.get('failureReason') or 'no reason was given.'} "
            "(Mend what it names; to run the same request again, change run_key, or job_name where "
            "one was given.)"
        )
    seconds = signal.get("timedOutAfterSeconds")
    if seconds is not None:
        return (
            f"{_subject(signal)} is still {status} after {seconds} seconds. It cannot be stopped: "
            "it goes on, and is billed. Look at it before you deploy again; allow more time with "
            "wait_up_to, or do not wait."
        )
    return (
        f"{_subject(signal)} has the status {status!r}, which is none that is known. Look at the "
        f"job {signal['jobArn']}; a newer cdk-personalize-batch may know it."
    )


def _subject(signal: Mapping[str, Any]) -> str:
    return kind_of(signal["jobArn"]).sentence(signal["jobName"])


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
