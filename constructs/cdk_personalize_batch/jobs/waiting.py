"""The wait condition of a job that a deployment waits for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aws_cdk import CfnWaitCondition, CfnWaitConditionHandle, Stack

from cdk_personalize_batch import limits
from cdk_personalize_batch.jobs.resource import run_mark
from cdk_personalize_batch.request import checks

if TYPE_CHECKING:
    from aws_cdk import CustomResource, Duration
    from constructs import Construct

    from cdk_personalize_batch.jobs.waiter import Waiter

DEFAULT_INTERVAL_SECONDS: Final = 90
# The waiter ends first, because it can say which job the time was not enough for.
# Its last look and its signal may take that long when they are throttled.
_MARGIN_SECONDS: Final = 300


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long a deployment waits for a job.

    Attributes:
        wait_up_to: The time that the job may take.
        poll_interval: The shortest time between two looks at the job; None for 90 seconds.
    """

    wait_up_to: Duration
    poll_interval: Duration | None

    def validate(self) -> list[str]:
        """Returns what is wrong with the times."""
        longest = limits.LONGEST_WAIT_SECONDS
        problems = _seconds_problems("wait_up_to", self.wait_up_to, longest)
        if self.poll_interval is not None:
            problems += _seconds_problems("poll_interval", self.poll_interval, longest)
            if not problems:
                problems += checks.poll_interval(
                    self.interval_seconds, longest=self.seconds, name="wait_up_to"
                )
        return problems

    @property
    def seconds(self) -> int:
        """How long the waiter waits."""
        given = int(self.wait_up_to.to_seconds())
        return min(given, limits.LONGEST_WAIT_SECONDS - _MARGIN_SECONDS)

    @property
    def interval_seconds(self) -> int:
        """How often the waiter looks."""
        if self.poll_interval is None:
            return DEFAULT_INTERVAL_SECONDS
        return int(self.poll_interval.to_seconds())


class WaitedJob:
    """Handle and condition of one run of a job.

    CloudFormation waits once for a condition, when it makes it. Both therefore have the request in
    their logical ids, so that another run has new ones.
    """

    def __init__(
        self, scope: Construct, waiting: Waiting, waiter: Waiter, identity: Mapping[str, Any]
    ) -> None:
        """Makes the handle.

        Args:
            scope: The job.
            waiting: How long to wait.
            waiter: The state machine.
            identity: What makes the run another one.
        """
        stack = Stack.of(scope)
        # With the time, because CloudFormation cannot change a wait condition: another time is
        # another condition, for the same job.
        shaped = {**identity, "WaitSeconds": waiting.seconds}
        self._hash = run_mark(stack, shaped)
        self._scope = scope
        self._waiting = waiting
        self._handle = CfnWaitConditionHandle(scope, f"WaitHandle{self._hash}")
        self.property = {
            "stateMachineArn": waiter.arn,
            "handleUrl": self._handle.ref,
            "seconds": str(waiting.seconds),
            "intervalSeconds": str(waiting.interval_seconds),
        }

    def wait_for(self, resource: CustomResource) -> CfnWaitCondition:
        """Makes the condition, and returns it."""
        condition = CfnWaitCondition(
            self._scope,
            f"Wait{self._hash}",
            count=1,
            handle=self._handle.ref,
            timeout=str(self._waiting.seconds + _MARGIN_SECONDS),
        )
        condition.node.add_dependency(resource)
        return condition


def _seconds_problems(name: str, duration: Duration, longest: int) -> list[str]:
    if duration.is_unresolved():
        return [f"{name} must be known at synth; give a Duration of a number"]
    seconds = duration.to_seconds(integral=False)
    if seconds < 1 or seconds % 1:
        return [f"{name} must be a whole number of seconds, at least 1, got {seconds:g}"]
    if seconds > longest:
        return [
            f"{name} must be at most 12 hours, the longest that CloudFormation waits, got "
            f"{seconds / 3600:g} hours; start the job without waiting, or use a workflow"
        ]
    return []
