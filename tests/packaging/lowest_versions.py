"""Prints the lowest versions that pyproject.toml allows, as constraints for pip."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The tools that run the tests are those of requirements.txt.
TOOLS = ("cfn-lint", "griffelib", "hypothesis", "pytest")
# What versions of typer and jsii as old as the lowest ones use without a warning.
OF_THAT_AGE = ("click==8.2.1", "typeguard==2.13.3")
_LOWEST = re.compile(r"([\w.-]+)[^<>=]*[>=]=([\w.]+)")


def lowest_versions(pyproject: dict[str, object]) -> dict[str, str]:
    """The lowest version of each dependency; of two that an extra raises, the higher one."""
    project = pyproject["project"]
    assert isinstance(project, dict)
    extras = project["optional-dependencies"].values()
    found: dict[str, str] = {}
    for line in [*project["dependencies"], *(one for extra in extras for one in extra)]:
        match = _LOWEST.match(line)
        assert match, f"no lowest version: {line}"
        name, version = match.groups()
        found[name] = max(found.get(name, "0"), version, key=_order)
    return found


def _order(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def main() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for name, version in lowest_versions(pyproject).items():
        print(f"{name}=={version}")
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if line.partition("==")[0] in TOOLS:
            print(line)
    print(*OF_THAT_AGE, sep="\n")


if __name__ == "__main__":
    main()
