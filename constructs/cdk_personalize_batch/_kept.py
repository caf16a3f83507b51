"""Values that are kept on a construct, so that they go with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from constructs import IConstruct

T = TypeVar("T")


def kept(owner: IConstruct, name: str, make: Callable[[], T]) -> T:
    """Returns the value of a construct; the first call makes it.

    Args:
        owner: The construct.
        name: What the value is.
        make: Makes the value.
    """
    attribute = f"_cdk_personalize_batch_{name}"
    if not hasattr(owner, attribute):
        setattr(owner, attribute, make())
    return cast("T", getattr(owner, attribute))
