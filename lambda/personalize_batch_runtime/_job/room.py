"""Waits for room for a job, in as many invocations as that takes.

Amazon Personalize creates no job while five of its kind are running, and a function runs for 15
minutes at most. Where a stack has more jobs than the quota, the function therefore calls itself
before its time ends; who answers CloudFormation is the last one of such a chain.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

from personalize_batch_runtime import _retry
from personalize_batch_runtime._errors import HandedOver, OutOfTime, RuntimeFailure, error_text
from personalize_batch_runtime._job.cloudformation import Event
from personalize_batch_runtime._job.properties import malformed, text_of
from personalize_batch_runtime._retry import Deadline, PropagationRetry

# Lambda stops a chain of about 16 invocations; 55 minutes take five.
# Source: Lambda Developer Guide, "Use Lambda recursive loop detection to prevent infinite loops".
LONGEST_CHAIN = 10
LONGEST_CALL_SECONDS = 25.0
# What the creation leaves of an invocation's time.
HAND_OVER_SECONDS = LONGEST_CALL_SECONDS + 5
# Below this another invocation would have no time for an attempt.
SHORTEST_REST_SECONDS = 180.0

_PROPERTY = "WaitForRoom"
_KEY = "Chain"

logger = logging.getLogger(__name__)


class Chain(NamedTuple):
    """The invocations for one request of CloudFormation.

    Attributes:
        number: The number of this one, from 1.
        ends_at: When the last one ends, in seconds of the deadline's clock.
    """

    number: int
    ends_at: float

    @property
    def has_begun(self) -> bool:
        """Whether an invocation before this one has done what comes before the creation."""
        return self.number > 1


def chain_of(event: Event, deadline: Deadline) -> Chain | None:
    """Returns the chain that an invocation is part of; None where one has to be enough.

    Raises:
        RuntimeFailure: If the event says it in another form.
    """
    if _PROPERTY not in event.properties:
        return None
    given = event.raw.get(_KEY)
    try:
        if given is not None:
            return Chain(int(given["number"]), float(given["endsAt"]))
        return Chain(1, deadline.now() + int(event.properties[_PROPERTY]))
    except (KeyError, TypeError, ValueError) as error:
        raise malformed(_PROPERTY, given or event.properties[_PROPERTY]) from error


def hand_over(
    functions: Callable[[], Any], event: Event, chain: Chain, deadline: Deadline, why: OutOfTime
) -> NoReturn:
    """Has another invocation go on waiting, where the time of the chain allows it.

    Args:
        functions: Returns the boto3 client of Lambda.
        event: The request of CloudFormation.
        chain: The chain so far.
        deadline: The time that is left for this invocation.
        why: What the job waits for.

    Raises:
        HandedOver: If another invocation goes on.
        RuntimeFailure: If the time of the chain is over.
        ClientError: If Lambda refuses the invocation.
    """
    rest = chain.ends_at - deadline.now()
    if rest < SHORTEST_REST_SECONDS or chain.number >= LONGEST_CHAIN:
        minutes = int(text_of(event.properties, _PROPERTY)) // 60
        raise RuntimeFailure(
            f"there was no room for it within {minutes} minutes. {error_text(why)}"
        )
    further = {"number": chain.number + 1, "endsAt": chain.ends_at}
    payload = json.dumps({**event.raw, _KEY: further}).encode()
    _retry.call(
        lambda: functions().invoke(
            FunctionName=text_of(event.properties, "ServiceToken"),
            InvocationType="Event",
            Payload=payload,
        ),
        deadline=deadline,
        longest_call=LONGEST_CALL_SECONDS,
        retry=PropagationRetry(),
    )
    logger.info("no room yet: invocation %d goes on, for %d s at most", chain.number + 1, rest)
    raise HandedOver
