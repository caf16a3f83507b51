"""The name that a workflow has wherever it must not be taken for another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cdk_personalize_batch import limits
from cdk_personalize_batch._cdk.kept import kept
from cdk_personalize_batch.request.readable_names import marked, words_of

if TYPE_CHECKING:
    from aws_cdk import Stack

# A hyphen and 12 characters of a hash, a hyphen and 5 digits of a shard, a hyphen and 3 of a retry.
_LONGEST: Final = limits.LONGEST_JOB_NAME - 13 - 6 - 4


def workflow_name(stack: Stack, path: str) -> str:
    """Makes the name of a workflow from its construct path and the name of its stack.

    It is the name of the state machine and of the folders of runs and copies, the dimension of
    metrics, and what the names of jobs begin with. Other workflows can have a path that reads the
    same, in this app or in another one that writes to the same bucket, so a hash tells them apart.

    Args:
        stack: The stack of the workflow.
        path: The path of the workflow.
    """
    owner = f"{kept(stack, 'stack_name', lambda: _stack_name(stack))} {path}"
    return marked(words_of(path), of=owner, longest=_LONGEST, otherwise="workflow")


def _stack_name(stack: Stack) -> str:
    # That of a nested stack is known to the deployment only.
    while stack.nested_stack_parent is not None:
        stack = stack.nested_stack_parent
    return stack.stack_name
