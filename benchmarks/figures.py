"""A figure: what was measured, against what, and the goal for their ratio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_SCALES: Final = {
    "s": ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")),
    "bytes": ((1e6, "MB"), (1e3, "kB"), (1.0, "bytes")),
    "records/s": ((1e6, "million records/s"), (1.0, "records/s")),
    "bytes/s": ((1e6, "MB/s"), (1.0, "bytes/s")),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        what: What was measured.
        value: Its value, a median where there were rounds.
        unit: ``s``, ``bytes``, ``records/s``, ``bytes/s``, or what is counted.
        against: What it is compared with.
        base: The value of that.
        at_most: The most that the ratio may be. Default: - there is no such goal.
        at_least: The least that the ratio may be. Default: - there is no such goal.
    """

    what: str
    value: float
    unit: str
    against: str
    base: float
    at_most: float | None = None
    at_least: float | None = None

    @property
    def ratio(self) -> float | None:
        """The value in terms of what it is compared with; None where that is nothing."""
        return self.value / self.base if self.base else None

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        ratio = self.ratio
        if ratio is None or self.at_most is self.at_least is None:
            return None
        is_low = self.at_most is None or ratio <= self.at_most
        return is_low and (self.at_least is None or ratio >= self.at_least)

    @property
    def goal(self) -> str:
        """The goal, and whether it is reached."""
        if self.reached is None:
            return ""
        limit = f"≤ {self.at_most:g}" if self.at_most is not None else f"≥ {self.at_least:g}"
        return f"{limit}, {'reached' if self.reached else '**missed**'}"

    def row(self) -> list[str]:
        """Returns the cells of a table."""
        ratio = "" if self.ratio is None else f"**{self.ratio:.3g}**"
        value, base = written(self.value, self.unit), written(self.base, self.unit)
        return [self.what, value, self.against, base, ratio, self.goal]


@dataclass(frozen=True, slots=True)
class Section:
    """Figures of one kind.

    Attributes:
        title: Its heading.
        text: What was done.
        figures: The figures.
    """

    title: str
    text: str
    figures: tuple[Figure, ...]


def written(value: float, unit: str) -> str:
    """Returns a value in a unit in which it can be read.

    Args:
        value: The value.
        unit: The unit of a `Figure`.
    """
    scales = _SCALES.get(unit)
    if scales is None:
        return f"{value:,.0f} {unit}".rstrip()
    size, name = next((one for one in scales if value >= one[0]), scales[-1])
    scaled = value / size
    return f"{scaled:,.0f} {name}" if scaled >= 1000 else f"{scaled:.3g} {name}"
