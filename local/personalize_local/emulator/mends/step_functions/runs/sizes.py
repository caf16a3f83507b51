"""The size that the data of a state can have."""

from __future__ import annotations

import json
from typing import Final

from ministack.services import stepfunctions

MOST_BYTES: Final = 262_144
DATA_LIMIT: Final = "States.DataLimitExceeded"


class TooLarge(stepfunctions._ExecutionError):  # type: ignore[misc]
    """Data is larger than 256 KiB.

    Attributes:
        is_of_task: Whether it is the result of what a Task calls, which `States.ALL` catches.
    """

    def __init__(self, name: str, *, is_of_task: bool = False) -> None:
        """Makes the error.

        Args:
            name: The state, or what its Task calls.
            is_of_task: Whether it is the result of what a Task calls.
        """
        self.is_of_task = is_of_task
        text = (
            f"The state/task '{name}' returned a result with a size exceeding the maximum number "
            "of bytes service limit."
        )
        super().__init__(DATA_LIMIT, text)


def text(value: object) -> str:
    """Returns a value as the JSON that an execution hands on."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def is_too_large(value: object) -> bool:
    """Whether a value is more than a state can take or give."""
    return len(text(value).encode("utf-8", "surrogatepass")) > MOST_BYTES


def check(value: object, name: str, *, is_of_task: bool = False) -> None:
    """Checks the size of a value.

    Args:
        value: The value.
        name: The state, or what its Task calls.
        is_of_task: Whether it is the result of what a Task calls.

    Raises:
        TooLarge: It is more than 256 KiB of JSON in UTF-8.
    """
    if is_too_large(value):
        raise TooLarge(name, is_of_task=is_of_task)
