"""The names of jobs: what they begin with, and the given ones, of which each is taken once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cdk_personalize_batch import limits
from cdk_personalize_batch._cdk.kept import kept
from cdk_personalize_batch.request.checks import shown
from cdk_personalize_batch.request.readable_names import marked, words_of

if TYPE_CHECKING:
    from aws_cdk import Stack

    from cdk_personalize_batch.request.kind import JobKind

# The Lambda function adds a hyphen and so many characters of a hash.
HASH_CHARACTERS: Final = 12
_LONGEST_SLUG: Final = limits.LONGEST_JOB_NAME - HASH_CHARACTERS - 1


def job_slug(stack: Stack, path: str) -> str:
    """Returns what the names of a job begin with, for each path of an app another one.

    Readers of a job may read all folders whose names begin so. The slug is the path with hyphens
    for slashes; where something else had to be replaced or cut, or another job has the slug, a hash
    of the path is added. Not everywhere: a name that changes is another job, which is billed.

    Args:
        stack: The stack of the job.
        path: The path of the job.
    """
    plain = path.replace("/", "-")
    words = words_of(path)
    owners = kept(stack, "job_slugs", lambda: _slug_owners(stack))
    if words == plain and len(words) <= _LONGEST_SLUG and owners.setdefault(words, path) == path:
        return words
    return marked(words, of=path, longest=_LONGEST_SLUG, otherwise="job")


def name_problems(stack: Stack, kind: JobKind, name: str | None) -> list[str]:
    """Returns what is wrong with a name beside its form: another job of the stack has it.

    Inference and segment jobs have names of their own: their ARNs tell the kinds apart.

    Args:
        stack: The stack.
        kind: Inference or segment.
        name: The name; None where it is made when the stack is deployed.
    """
    owner = _owners(stack).get((kind, name)) if isinstance(name, str) else None
    if owner is None:
        return []
    return [
        f"job_name {shown(name)} is that of {owner} already, and a job's name is taken for ever; "
        "give another one, or leave it out"
    ]


def take_name(stack: Stack, kind: JobKind, name: str | None, path: str) -> None:
    """Notes that a job has a name."""
    if name is not None:
        _owners(stack)[kind, name] = path


def _owners(stack: Stack) -> dict[tuple[JobKind, str], str]:
    owners: dict[tuple[JobKind, str], str] = kept(stack, "job_names", dict)
    return owners


def _slug_owners(stack: Stack) -> dict[str, str]:
    owners: dict[str, str] = kept(stack.node.root, "job_slugs", dict)
    return owners
