"""The results as JSON, and as the page of the documentation."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, Section
from benchmarks.measuring import ROOT

RESULTS = ROOT / "benchmarks" / "results.json"
PAGE = ROOT / "docs" / "benchmarks.md"
_HEADINGS = ["what", "measured", "against", "its value", "ratio", "goal of the ratio"]
_INTRODUCTION = """\
# Benchmarks

`make bench` measures all of this in one run and writes this page and `benchmarks/results.json`.
What counts is the ratio: each figure stands beside its floor, which nobody can do without, or
beside what one would write instead. The values themselves hold for one machine only. Everything in
a section runs in turn, in several rounds, and the values are medians. CPU time is that of all
processes together, and says more than seconds where a machine does other things as well.
"""


def save(environment: Mapping[str, object], sections: Sequence[Section]) -> None:
    """Writes the results and the page.

    Args:
        environment: What the figures were measured with.
        sections: The figures.
    """
    results = {
        "environment": environment,
        "sections": [
            {
                "title": section.title,
                "text": section.text,
                "figures": [{**asdict(one), "ratio": one.ratio} for one in section.figures],
            }
            for section in sections
        ],
    }
    text = json.dumps(results, indent=2, ensure_ascii=False)
    RESULTS.write_text(text + "\n", encoding="utf-8")
    PAGE.write_text(page(load(RESULTS)), encoding="utf-8")


def load(path: Path) -> tuple[dict[str, Any], list[Section]]:
    """Reads results.

    Args:
        path: The JSON file.

    Returns:
        What they were measured with, and the figures.
    """
    results = json.loads(path.read_text(encoding="utf-8"))
    sections = []
    for section in results["sections"]:
        figures = [
            Figure(**{name: value for name, value in one.items() if name != "ratio"})
            for one in section["figures"]
        ]
        sections.append(Section(section["title"], section["text"], tuple(figures)))
    return results["environment"], sections


def page(results: tuple[Mapping[str, Any], Sequence[Section]]) -> str:
    """Returns the page of the documentation.

    Args:
        results: What `load` returns.
    """
    environment, sections = results
    parts = [_INTRODUCTION, *map(markdown, sections), "## Measured with\n"]
    rows = [[name, str(value)] for name, value in environment.items()]
    return "\n".join([*parts, _table(["", ""], rows)])


def markdown(section: Section) -> str:
    """Returns a section as Markdown.

    Args:
        section: The section.
    """
    table = _table(_HEADINGS, [figure.row() for figure in section.figures])
    return f"## {section.title}\n\n{section.text}\n\n{table}"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
