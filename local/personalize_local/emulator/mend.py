"""One place where MiniStack does otherwise than AWS, and what makes it do as AWS does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_FRAME: Final = __name__.rpartition(".")[0] + "."
_OF_MINISTACK: Final = "mends"


@dataclass(frozen=True, slots=True)
class Mend:
    """An entry of the list in `emulator.registry`.

    Attributes:
        aws: What AWS does and MiniStack does otherwise, in one sentence.
        source: Where AWS says so: the page, or what was recorded.
        apply: Changes MiniStack for the rest of the process; called once, before it serves.
    """

    aws: str
    source: str
    apply: Callable[[], None]

    @property
    def name(self) -> str:
        """The path of its module below `emulator`, such as `mends/s3/kms_keys`."""
        return self.apply.__module__.removeprefix(_FRAME).replace(".", "/")

    @property
    def is_of_ministack(self) -> bool:
        """Whether it can be offered to MiniStack's project; else it serves this package alone."""
        return self.name.startswith(f"{_OF_MINISTACK}/")
