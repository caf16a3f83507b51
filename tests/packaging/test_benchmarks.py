"""The page of the benchmarks says what was measured and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from benchmarks import report
from benchmarks.figures import Figure, written
from benchmarks.measuring import ROOT
from tests.support import PATIENCE_SECONDS


def test_the_page_is_made_of_the_results() -> None:
    assert report.PAGE.read_text(encoding="utf-8") == report.page(report.load(report.RESULTS))


@pytest.mark.parametrize(
    ("figure", "cells"),
    [
        (
            Figure("a", 1.2, "s", "b", 1.0, at_most=1.1),
            ["a", "1.2 s", "b", "1 s", "**1.2**", "≤ 1.1, **missed**"],
        ),
        (
            Figure("a", 2e6, "records/s", "b", 1e6, at_least=2),
            ["a", "2 million records/s", "b", "1 million records/s", "**2**", "≥ 2, reached"],
        ),
        (Figure("a", 3, "functions", "b", 0), ["a", "3 functions", "b", "0 functions", "", ""]),
    ],
)
def test_a_figure_is_a_ratio_with_its_goal(figure: Figure, cells: list[str]) -> None:
    assert figure.row() == cells


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.01234, "s", "12.3 ms"),
        (0.0000042, "s", "4.2 µs"),
        (11_500_000_000, "bytes", "11,500 MB"),
        (640, "bytes", "640 bytes"),
        (350_393, "records/s", "350,393 records/s"),
    ],
)
def test_values_are_written_to_be_read(value: float, unit: str, text: str) -> None:
    assert written(value, unit) == text


def test_a_section_is_measured_without_writing_the_page() -> None:
    before = report.PAGE.read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "shards", "--rounds", "1", "--scale", "0.01"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "lambda"},
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    assert "| plan of 0.1 GB in 10 files |" in done.stdout
    assert report.PAGE.read_bytes() == before
