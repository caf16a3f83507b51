"""The names that the jobs of a stack were given, of which each is taken once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk_personalize_batch._checks import shown
from cdk_personalize_batch._kept import kept

if TYPE_CHECKING:
    from aws_cdk import Stack

    from cdk_personalize_batch._job_options import JobKind


def name_problems(stack: Stack, kind: JobKind, name: str | None) -> list[str]:
    """Returns what is wrong with a name beside its form: another job of the stack has it.

    Inference and segment jobs have names of their own: their ARNs tell the kinds apart.

    Args:
        stack: The stack.
        kind: Inference or segment.
        name: The name; None where it is made when the stack is deployed.
    """
    owner = _owners(stack).get((kind.name, name)) if isinstance(name, str) else None
    if owner is None:
        return []
    return [
        f"job_name {shown(name)} is that of {owner} already, and a job's name is taken for ever; "
        "give another one, or leave it out"
    ]


def take_name(stack: Stack, kind: JobKind, name: str | None, path: str) -> None:
    """Notes that a job has a name.

    Args:
        stack: The stack.
        kind: Inference or segment.
        name: The name; None where it is made when the stack is deployed.
        path: The path of the job.
    """
    if name is not None:
        _owners(stack)[kind.name, name] = path


def _owners(stack: Stack) -> dict[tuple[str, str], str]:
    owners: dict[tuple[str, str], str] = kept(stack, "job_names", dict)
    return owners
