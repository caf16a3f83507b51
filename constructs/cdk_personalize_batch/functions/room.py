"""How the function waits for room where a stack has more jobs of a kind than may run at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol

import jsii
from aws_cdk import Annotations, Stack
from constructs import IConstruct, IValidation

from cdk_personalize_batch import limits
from cdk_personalize_batch._cdk.kept import kept
from cdk_personalize_batch.functions.job_function import RuntimeFunction

if TYPE_CHECKING:
    from aws_cdk import CfnResource

    from cdk_personalize_batch.request.kind import JobKind

# Less than CloudFormation waits, for the answer and for what Lambda takes between invocations.
WAIT_SECONDS: Final = limits.LONGEST_SERVICE_TIMEOUT_SECONDS - 300
# Two rounds of the quota. Those of a third one would have to end within minutes.
_MOST_AT_ONCE: Final = 2 * limits.JOBS_IN_FLIGHT


class Queued(IConstruct, Protocol):
    """A job with the jobs that it runs after; those that run after it may await its end."""

    @property
    def _after(self) -> Sequence[Queued]: ...

    @property
    def _is_awaited(self) -> bool: ...

    @property
    def _cfn_resource(self) -> CfnResource: ...


class Room:
    """The jobs of one kind in a stack.

    Amazon Personalize creates no job while the quota of them is running, and a stack's jobs are
    created side by side. From the first job above the quota on, the function goes on waiting in
    further invocations, and CloudFormation waits for its answer as long as it can. Not where there
    are fewer jobs: a function that cannot start at all would hang the stack for as long.
    """

    def __init__(self, stack: Stack, kind: JobKind) -> None:
        """Starts without jobs.

        Args:
            stack: The stack.
            kind: The kind of job.
        """
        self._stack = stack
        self._jobs: list[Queued] = []
        stack.node.add_validation(_RoundsWarning(kind, self._jobs))

    @classmethod
    def of(cls, stack: Stack, kind: JobKind) -> Room:
        """Returns the one of a stack; the first call makes it."""
        return kept(stack, f"room_{kind.short_name}", lambda: cls(stack, kind))

    def add(self, job: Queued) -> bool:
        """Adds a job whose custom resource is about to be made.

        Returns:
            Whether it waits for room. Those that were made before it do too, from then on.
        """
        if len(self._jobs) == limits.JOBS_IN_FLIGHT:
            RuntimeFunction.of(self._stack).go_on_in_further_invocations()
            for one in self._jobs:
                _wait_long(one)
        self._jobs.append(job)
        return len(self._jobs) > limits.JOBS_IN_FLIGHT


@jsii.implements(IValidation)
class _RoundsWarning:
    """Warns where more jobs are created at the same time than can be waited for."""

    def __init__(self, kind: JobKind, jobs: Sequence[Queued]) -> None:
        self._kind = kind
        self._jobs = jobs

    def validate(self) -> list[str]:
        """Returns no errors: it is a warning."""
        rounds: dict[int, list[Queued]] = {}
        known: dict[int, int] = {}
        for job in self._jobs:
            rounds.setdefault(_round_of(job, known), []).append(job)
        largest = max(rounds.values(), key=len)
        if len(largest) > _MOST_AT_ONCE:
            Annotations.of(largest[_MOST_AT_ONCE]).add_warning_v2(
                "cdk-personalize-batch:manyJobs",
                f"the stack creates {len(largest)} jobs of type {self._kind.name} at the same "
                f"time. Amazon Personalize runs {limits.JOBS_IN_FLIGHT} of a kind, unless the "
                "quota was raised, and CloudFormation waits for each at most "
                f"{WAIT_SECONDS // 60} minutes: those that find no room by then fail, and the "
                "deployment is rolled back, while the others go on and are billed. Put them into "
                "several stacks, have some run_after(…) others that have wait_up_to, or use a "
                "workflow, which waits its turn",
            )
        return []


def _wait_long(job: Queued) -> None:
    resource = job._cfn_resource
    # As text, as the CDK writes it.
    longest = str(limits.LONGEST_SERVICE_TIMEOUT_SECONDS)
    resource.add_property_override("ServiceTimeout", longest)
    resource.add_property_override("WaitForRoom", str(WAIT_SECONDS))


def _round_of(job: Queued, known: dict[int, int]) -> int:
    """Returns how many jobs, one after the other, have ended before this one is created."""
    if id(job) not in known:
        known[id(job)] = max(
            (_round_of(other, known) + other._is_awaited for other in job._after), default=0
        )
    return known[id(job)]
