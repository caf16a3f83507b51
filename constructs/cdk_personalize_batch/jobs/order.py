"""The order of what a deployment does: circles are told at synth, not by CloudFormation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import jsii
from aws_cdk import Stack
from constructs import IConstruct, IValidation

from cdk_personalize_batch._cdk.kept import kept
from cdk_personalize_batch.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Ordered(IConstruct, Protocol):
    """A job with the jobs that it runs after."""

    @property
    def _after(self) -> Sequence[Ordered]: ...


def check_circle(job: Ordered, other: Ordered) -> None:
    """Refuses to have a job run after one that runs after it.

    Raises:
        ValidationError: If it does.
    """
    path = _way(other, job)
    if path is not None:
        names = " after ".join(one.node.path for one in (job, *path))
        raise ValidationError(
            job.node.path, [f"run_after makes a circle: {names}; leave one of them out"]
        )


def _way(start: Ordered, end: Ordered, seen: set[int] | None = None) -> Sequence[Ordered] | None:
    if start is end:
        return [end]
    # What led nowhere once leads nowhere on another way to it, of which there can be very many.
    seen = set() if seen is None else seen
    for one in start._after:
        if id(one) in seen:
            continue
        seen.add(id(one))
        path = _way(one, end, seen)
        if path is not None:
            return [start, *path]
    return None


def refuse_dependencies(stack: Stack, path: str, job: Ordered) -> None:
    """Has a job with a storage of its own checked at synth: it may depend on no job of its stack.

    What is below a construct depends on what the construct depends on, the storage too; the other
    job depends on the function's policies, which name this storage.

    Args:
        stack: The stack of the job.
        path: The path of the job.
        job: The job.
    """
    jobs: dict[str, Ordered] = kept(stack, "jobs_with_storage", lambda: _validated(stack))
    jobs[path] = job


def _validated(stack: Stack) -> dict[str, Ordered]:
    jobs: dict[str, Ordered] = {}
    stack.node.add_validation(_NoDependencies(stack, jobs))
    return jobs


@jsii.implements(IValidation)
class _NoDependencies:
    def __init__(self, stack: Stack, jobs: Mapping[str, Ordered]) -> None:
        self._stack = stack
        self._jobs = jobs

    def validate(self) -> list[str]:
        """Returns what CloudFormation would call a circular dependency."""
        return [
            f"[{path}] it has a storage of its own and depends on the job {other.node.path}, which "
            "is a circle for CloudFormation; write run_after(…) instead of "
            "node.add_dependency(…)"
            for path, job in self._jobs.items()
            for other in job.node.dependencies
            if hasattr(other, "_after") and self._stack is Stack.of(other)
        ]


def note_output(stack: Stack, path: str, uri: str) -> str:
    """Notes what a job writes to, and returns it."""
    _outputs(stack)[uri] = path
    return uri


def output_problems(stack: Stack, uri: str | None) -> list[str]:
    """Returns what is wrong with the URI of an input that only the deployment knows."""
    owner = next((path for one, path in _outputs(stack).items() if one in (uri or "")), None)
    if owner is None:
        return []
    return [
        f"job_input is in the output of {owner}, whose lines are results and not records, and "
        "which CloudFormation would have to know before it makes the job; give records, and write "
        "run_after(…) where this job has to come later"
    ]


def _outputs(stack: Stack) -> dict[str, str]:
    outputs: dict[str, str] = kept(stack, "job_outputs", dict)
    return outputs
