"""The start of the Lambda function's process, without what Lambda itself adds."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.figures import Figure, Section
from benchmarks.measuring import ROOT, in_rounds, process

_PACKAGE: Final = "personalize_batch_runtime"
# A process takes a third of a second, so there is time for more rounds than elsewhere.
_MORE_ROUNDS: Final = 5
_FLOOR: Final = "boto3 and a client"
_STARTS: Final = {
    _FLOOR: "import boto3; boto3.client('personalize')",
    "ours": "from personalize_batch_runtime import job; job.Clients().personalize",
}
_MEASURED: Final = """\
import json, time
started = time.perf_counter(), time.process_time()
{start}
ended = time.perf_counter(), time.process_time()
from benchmarks import memory
print(json.dumps({{
    "seconds": ended[0] - started[0],
    "cpu_seconds": ended[1] - started[1],
    "memory": memory.peak(),
}}))
"""
_ENVIRONMENT: Final = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    # The asset has no compiled files and Lambda keeps none, so each start compiles the handler.
    "PYTHONDONTWRITEBYTECODE": "1",
}


def measure(rounds: int, scale: float) -> list[Section]:
    """Measures the start of the handler and of what it cannot do without.

    Args:
        rounds: How many rounds.
        scale: Is not used.
    """
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(
            ROOT / "lambda" / _PACKAGE,
            Path(folder) / _PACKAGE,
            ignore=shutil.ignore_patterns("__pycache__", "shards.py", "_shard_*"),
        )
        tasks = {name: partial(_start, start, folder) for name, start in _STARTS.items()}
        samples = in_rounds(rounds * _MORE_ROUNDS, tasks)

    def figure(what: str, key: str, unit: str, at_most: float | None) -> Figure:
        ours, floor = (median(one[key] for one in samples[name]) for name in ("ours", _FLOOR))
        return Figure(what, ours, unit, _FLOOR, floor, at_most=at_most)

    return [
        Section(
            "Cold start",
            "A fresh Python process imports the handler, uncompiled as in Lambda, and makes its "
            "client. Beside it, `import boto3` and the same client. The framework of "
            "`custom_resources.Provider` is not here: it needs the AWS SDK of Lambda's Node.js, "
            "which no package of this project has.",
            (
                figure("seconds", "seconds", "s", 1.1),
                figure("CPU time", "cpu_seconds", "s", 1.1),
                figure("memory", "memory", "bytes", None),
            ),
        )
    ]


def _start(start: str, folder: str) -> dict[str, float]:
    environ = {**_ENVIRONMENT, "PYTHONPATH": folder}
    sample = process([sys.executable, "-c", _MEASURED.format(start=start)], environ)
    found: dict[str, float] = json.loads(sample.output)
    return found
