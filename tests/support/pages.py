"""The pages of the documentation, as tests read them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.support import ROOT

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """A page in Markdown."""

    path: Path

    @property
    def name(self) -> str:
        """Its path in the project."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def text(self) -> str:
        """All of it."""
        return self.path.read_text(encoding="utf-8")

    @property
    def prose(self) -> str:
        """What is not a block of code."""
        return _FENCED.sub("", self.text)

    @property
    def spans(self) -> list[str]:
        """The pieces of code in the prose."""
        return re.findall(r"`([^`\n]+)`", self.prose)

    def blocks(self, language: str) -> list[tuple[int, str]]:
        """The blocks of code in a language, each with the number of its first line."""
        return [
            (self.text.count("\n", 0, found.start(2)) + 1, found[2])
            for found in _FENCED.finditer(self.text)
            if found[1] == language
        ]

    def table(self, heading: str) -> list[dict[str, str]]:
        """The rows of the first table below a heading, by the names of its columns."""
        part = self.text.split(f"\n## {heading}\n", 1)[1].split("\n## ")[0]
        table = re.search(r"(?:^\|.*\|\n)+", part, re.MULTILINE)
        assert table, f"no table below {heading!r}"
        lines = [line.strip("|\n") for line in table[0].splitlines()]
        head, _, *rows = ([cell.strip() for cell in line.split("|")] for line in lines)
        return [dict(zip(head, row, strict=True)) for row in rows]


PAGES = [Page(path) for path in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])]
