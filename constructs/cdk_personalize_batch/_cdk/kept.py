"""What there is once for a stack or another construct: kept on it, so that it goes with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from constructs import IConstruct

T = TypeVar("T")


def kept(owner: IConstruct, name: str, make: Callable[[], T]) -> T:
    """Returns the value that a construct has under a name; the first call makes it."""
    if not is_kept(owner, name):
        setattr(owner, _attribute(name), make())
    return cast("T", getattr(owner, _attribute(name)))


def is_kept(owner: IConstruct, name: str) -> bool:
    """Tells whether a construct has a value under a name already."""
    return hasattr(owner, _attribute(name))


def _attribute(name: str) -> str:
    return f"_cdk_personalize_batch_{name}"
