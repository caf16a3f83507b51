"""How things are measured: one after the other, in rounds, so that a busy moment strikes all."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final, TypeVar

T = TypeVar("T")

ROOT: Final = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of a process.

    Attributes:
        seconds: How long it took.
        cpu_seconds: What it and its child processes computed.
        output: What it printed.
    """

    seconds: float
    cpu_seconds: float
    output: str


def in_rounds(rounds: int, tasks: Mapping[str, Callable[[], T]]) -> dict[str, list[T]]:
    """Runs all tasks once in each round.

    Args:
        rounds: How many rounds.
        tasks: The tasks by name.

    Returns:
        What each task returned in each round.
    """
    results: dict[str, list[T]] = {name: [] for name in tasks}
    for number in range(rounds):
        print(f"  round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        for name, task in tasks.items():
            results[name].append(task())
    return results


def timed(task: Callable[[], object]) -> Callable[[], float]:
    """Returns a task whose result is the seconds that it took.

    Args:
        task: The task.
    """

    def run() -> float:
        started = time.perf_counter()
        task()
        return time.perf_counter() - started

    return run


def process(words: Sequence[str], environ: Mapping[str, str] | None = None) -> Sample:
    """Runs a process to its end.

    Args:
        words: The command.
        environ: What is added to the environment.

    Returns:
        What it took.

    Raises:
        CalledProcessError: It failed.
    """
    started = time.perf_counter()
    with subprocess.Popen(
        words,
        cwd=ROOT,
        env={**os.environ, **(environ or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as child:
        assert child.stdout is not None
        output = child.stdout.read()
        # Its own figures, which subprocess does not keep.
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, words, output)
    cpu_seconds = usage.ru_utime + usage.ru_stime
    return Sample(seconds, cpu_seconds, output)


def middle(samples: Sequence[Sample], what: str) -> float:
    """Returns the median of an attribute.

    Args:
        samples: The samples.
        what: The attribute of `Sample`.
    """
    return float(median(getattr(sample, what) for sample in samples))
