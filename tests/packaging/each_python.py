"""Runs pytest on each Python that this machine has and the library allows: `make test-versions`.

A Python is found where uv finds it, which is by its name on the path, and among the versions of
pyenv. Each gets a virtual environment with the versions of requirements.txt.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ROOT / ".venv" / "versions"


def newest_of_each(listed: list[dict[str, Any]]) -> dict[str, str]:
    """The path of the newest CPython of each minor version, from what uv lists."""
    found: dict[tuple[int, int], tuple[int, str]] = {}
    for one in listed:
        parts = one["version_parts"]
        is_release = one["version"] == "{major}.{minor}.{patch}".format(**parts)
        if one["implementation"] == "cpython" and one["variant"] == "default" and is_release:
            minor, patch = (parts["major"], parts["minor"]), parts["patch"]
            if minor not in found or patch > found[minor][0]:
                found[minor] = (patch, one["path"])
    return {f"{key[0]}.{key[1]}": found[key][1] for key in sorted(found)}


def pythons() -> dict[str, str]:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders = [os.environ["PATH"], *map(str, sorted(pyenv.glob("versions/3.*/bin")))]
    command = ["uv", "python", "list", "--only-installed", "--output-format", "json"]
    done = subprocess.run(
        [*command, pyproject["project"]["requires-python"]],
        env={**os.environ, "PATH": os.pathsep.join(folders)},
        stdout=subprocess.PIPE,
        # It warns of each shim of pyenv that has no version behind it.
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return newest_of_each(json.loads(done.stdout))


def passes(version: str, python: str, arguments: list[str]) -> bool:
    print(f"\n== Python {version}: {python}", flush=True)
    folder = ENVIRONMENTS / version
    own = str(folder / "bin" / "python")
    commands = (
        ["uv", "venv", "--quiet", "--clear", "--python", python, str(folder)],
        ["uv", "pip", "install", "--quiet", "--python", own, "-r", "requirements.txt"],
        [own, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
    )
    return all(subprocess.run(one, cwd=ROOT, check=False).returncode == 0 for one in commands)


def main(arguments: list[str]) -> int:
    found = pythons()
    print(f"Found Python {', '.join(found)}.")
    failed = [version for version, path in found.items() if not passes(version, path, arguments)]
    outcome = f"failed on {', '.join(failed)}" if failed else "passed on each"
    print(f"\nPython {', '.join(found)}: {outcome}.")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
