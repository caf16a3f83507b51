"""Measures everything, or the sections that are named, and writes the results."""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from typing import Final

from benchmarks import report
from benchmarks.figures import Section

_SECTIONS: Final = ("synth", "cold_start", "records", "answer", "shards")
_PACKAGES: Final = ("aws-cdk-lib", "jsii", "boto3", "msgspec")


def main() -> int:
    """Runs the benchmarks.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "sections", nargs="*", metavar="SECTION", help=f"{', '.join(_SECTIONS)} (default: all)"
    )
    parser.add_argument("--rounds", type=int, default=5, help="how often (default: %(default)s)")
    parser.add_argument(
        "--scale",
        type=float,
        default=1.0,
        help="a part of the usual records and files, to try a section (default: %(default)g)",
    )
    options = parser.parse_args()
    unknown = sorted(set(options.sections) - set(_SECTIONS))
    if unknown:
        parser.error(f"no section {unknown[0]!r}; there are {', '.join(_SECTIONS)}")
    environment = _environment()
    measured: list[Section] = []
    for name in options.sections or _SECTIONS:
        print(name, file=sys.stderr, flush=True)
        found = importlib.import_module(f"benchmarks.{name}").measure(options.rounds, options.scale)
        for section in found:
            print(report.markdown(section), flush=True)
        measured += found
    if options.sections or options.scale != 1:
        print("not written: this is not all of it", file=sys.stderr)
    else:
        report.save(environment, measured)
    return 0


def _environment() -> dict[str, object]:
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)  # noqa: S607
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} processors",
        "load before the run": round(os.getloadavg()[0], 1),
        "Python": platform.python_version(),
        "Node.js": node.stdout.strip().removeprefix("v"),
        **{name: version(name) for name in _PACKAGES},
    }


if __name__ == "__main__":
    sys.exit(main())
