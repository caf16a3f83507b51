"""Where MiniStack keeps the function that rolls an operation of a stack back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ministack.services.cloudformation import handlers, stacks


def replace_roll_back(function: Callable[..., Awaitable[None]]) -> None:
    """Puts a function in its place; it is imported by name."""
    for module in (stacks, handlers):
        module._roll_back_operation = function
