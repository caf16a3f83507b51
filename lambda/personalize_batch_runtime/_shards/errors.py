"""The failures of the shard tasks. Their names are keys of Retry and Catch: never rename one."""

from __future__ import annotations

from personalize_batch_runtime._errors import RuntimeFailure


class InvalidTask(RuntimeFailure):
    """The event is not one that these tasks take."""


class InputNotFound(RuntimeFailure):
    """There is nothing to process below the input's URI."""


class InputOverlap(RuntimeFailure):
    """The run would write into its own input."""


class InputTooLarge(RuntimeFailure):
    """There is more to count than one plan reads through the function."""


class InputChanged(RuntimeFailure):
    """An input object is not the one that was planned with."""


class LineTooLong(RuntimeFailure):
    """No line end near a cut: the file is not JSON Lines."""


class ShardMismatch(RuntimeFailure):
    """The folder of a shard does not hold exactly the objects of the shard."""


class JobsMismatch(RuntimeFailure):
    """The jobs given do not belong to the shards of the plan."""


class S3AccessDenied(RuntimeFailure):
    """The role of the function lacks a right."""


class S3Failed(RuntimeFailure):
    """S3 refused a request for another reason."""
