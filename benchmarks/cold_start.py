"""The start of the Lambda function's process, without what Lambda itself adds."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import synth_apps
from benchmarks.figures import Figure, Section
from benchmarks.measuring import ROOT, in_rounds, process
from benchmarks.synth import NODE, assembly

_PACKAGE: Final = "personalize_batch_runtime"
# Where `make bench` installs benchmarks/package.json.
_SDK: Final = ROOT / "benchmarks" / "node_modules"
# A process takes a third of a second, so there is time for many rounds: the ratio is near its goal.
_MORE_ROUNDS: Final = 12
_FLOOR: Final = "boto3 and a client"
_STARTS: Final = {
    _FLOOR: "import boto3; boto3.client('personalize')",
    "ours": "from personalize_batch_runtime import job; job.Clients().personalize",
}
_FRAMEWORK: Final = "the framework of a Provider"
_BEHIND: Final = "the framework of a Provider, then a handler with boto3 and a client"
_FRAMEWORK_MEASURED: Final = """\
const started = [performance.now(), process.cpuUsage()];
require(process.argv[1]);
new (require("@aws-sdk/client-lambda").Lambda)();
const ended = [performance.now(), process.cpuUsage(started[1])];
console.log(JSON.stringify({
    seconds: (ended[0] - started[0]) / 1e3,
    cpu_seconds: (ended[1].user + ended[1].system) / 1e6,
    memory: process.resourceUsage().maxRSS * 1024,
}));
"""
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
            ignore=shutil.ignore_patterns("__pycache__", "shards.py", "_shards"),
        )
        framework = next(assembly(synth_apps.one_provider, folder).glob("asset.*/framework.js"))
        tasks = {name: partial(_start, start, folder) for name, start in _STARTS.items()}
        tasks[_FRAMEWORK] = partial(_start_framework, framework)
        samples = in_rounds(rounds * _MORE_ROUNDS, tasks)

    def figures(what: str, key: str, unit: str, at_most: float | None) -> Iterator[Figure]:
        values = {name: median(one[key] for one in found) for name, found in samples.items()}
        values[_BEHIND] = values[_FRAMEWORK] + values[_FLOOR]
        for against, goal in ((_FLOOR, at_most), (_FRAMEWORK, None), (_BEHIND, None)):
            yield Figure(what, values["ours"], unit, against, values[against], at_most=goal)

    return [
        Section(
            "Cold start",
            "A fresh Python process imports the handler, uncompiled as in Lambda, and makes its "
            "client. Beside it, `import boto3` and the same client; and the framework of "
            "`custom_resources.Provider`, a Node.js process that requires it and makes its client. "
            "What somebody writes behind a Provider is a function of its own, which starts after "
            "the framework's. Neither Python's nor Node.js's own start is counted, but their "
            "memory is.",
            (
                *figures("seconds", "seconds", "s", 1.1),
                *figures("CPU time", "cpu_seconds", "s", 1.1),
                *figures("memory", "memory", "bytes", None),
            ),
        )
    ]


def _start(start: str, folder: str) -> dict[str, float]:
    environ = {**_ENVIRONMENT, "PYTHONPATH": folder}
    sample = process([sys.executable, "-c", _MEASURED.format(start=start)], environ)
    found: dict[str, float] = json.loads(sample.output)
    return found


def _start_framework(framework: Path) -> dict[str, float]:
    environ = {**_ENVIRONMENT, "AWS_REGION": "us-east-1", "NODE_PATH": str(_SDK)}
    sample = process([str(NODE), "-e", _FRAMEWORK_MEASURED, str(framework)], environ)
    found: dict[str, float] = json.loads(sample.output)
    return found
