"""What a checkout is installed from, and what GitHub runs, say the same as pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.packaging.each_python import newest_of_each

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def listed() -> list[Requirement]:
    """Each requirement of the project, its extras and its groups."""
    project, groups = PYPROJECT["project"], PYPROJECT["dependency-groups"]
    tables = [*project["optional-dependencies"].values(), *groups.values()]
    lines = [*project["dependencies"], *(line for table in tables for line in table)]
    return [Requirement(line) for line in lines if isinstance(line, str)]


def frozen() -> dict[str, str]:
    """The packages that requirements.txt has for this machine, with the version of each."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line[:1].isalnum()]
    return {
        canonicalize_name(one.name): str(one.specifier).removeprefix("==")
        for one in pins
        if one.marker is None or one.marker.evaluate()
    }


def needed(requirement: Requirement, seen: set[str]) -> None:
    """Adds what a requirement needs, as the installed packages say."""
    for extra in ("", *requirement.extras):
        name = canonicalize_name(requirement.name)
        if f"{name}[{extra}]" in seen:
            continue
        seen |= {name, f"{name}[{extra}]"}
        try:
            lines = requires(name) or []
        except PackageNotFoundError:
            continue
        for one in map(Requirement, lines):
            if one.marker is None or one.marker.evaluate({"extra": extra}):
                needed(one, seen)


def test_each_dependency_has_a_lowest_version_that_is_tested() -> None:
    lowest = {">=", "=="}
    assert len(listed()) > 20
    without = [str(one) for one in listed() if lowest.isdisjoint(c.operator for c in one.specifier)]
    assert without == []


def test_what_is_frozen_is_what_is_needed() -> None:
    pins = frozen()
    lacking = [str(one) for one in listed() if canonicalize_name(one.name) not in pins]
    assert lacking == []
    wrong = [str(one) for one in listed() if pins[canonicalize_name(one.name)] not in one.specifier]
    assert wrong == []
    seen: set[str] = set()
    for one in listed():
        needed(one, seen)
    assert pins.keys() - seen == set()


@pytest.mark.parametrize(
    "path", [*WORKFLOWS, ROOT / ".pre-commit-config.yaml"], ids=lambda path: path.name
)
def test_github_and_pre_commit_run_targets_of_the_makefile(path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    text = path.read_text(encoding="utf-8")
    named = set(re.findall(r"^\s*(?:- )?(?:run|entry): make (.+)$", text, re.MULTILINE))
    assert named
    assert named <= targets


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_have_no_right_by_default_and_use_what_cannot_change(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] in ({}, {"contents": "read"})
    used = re.findall(r"uses: (.+)", path.read_text(encoding="utf-8"))
    assert used
    others = [one for one in used if not re.fullmatch(r"\S+@[0-9a-f]{40} # v[\d.]+", one)]
    assert others in ([], ["./.github/workflows/ci.yml"])


def test_the_versions_of_python_that_are_named_are_those_that_are_tested() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    tested = workflow["jobs"]["test"]["strategy"]["matrix"]["python"]
    classifiers = "\n".join(PYPROJECT["project"]["classifiers"])
    assert re.findall(r"Python :: (3\.\d+)", classifiers) == tested
    assert PYPROJECT["project"]["requires-python"] == f">={tested[0]}"


def test_of_each_version_the_newest_python_is_taken() -> None:
    def one(version: str, path: str, **other: str) -> dict[str, Any]:
        major, minor, patch = (int(re.match(r"\d+", part)[0]) for part in version.split("."))  # type: ignore[index]
        parts = {"major": major, "minor": minor, "patch": patch}
        kind = {"implementation": "cpython", "variant": "default", **other}
        return {"version": version, "version_parts": parts, "path": path, **kind}

    listed = [
        one("3.13.0", "/a"),
        one("3.9.2", "/b"),
        one("3.13.10", "/c"),
        one("3.13.11", "/d", variant="freethreaded"),
        one("3.13.12", "/e", implementation="pypy"),
        one("3.14.0a1", "/f"),
    ]
    assert newest_of_each(listed) == {"3.9": "/b", "3.13": "/c"}
