"""The house of docs/adr/0007: how much a folder and a file may hold."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.support import ROOT

PACKAGES = ("constructs", "lambda", "local")
FACES = ("__init__.py", "__main__.py")
MODULES, LINES = 12, 300


def files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", PACKAGES)
def test_a_folder_holds_at_most_twelve_modules(package: str) -> None:
    held = Counter(path.parent for path in files(package) if path.name not in FACES)
    assert held
    assert {str(folder): count for folder, count in held.items() if count > MODULES} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_file_has_at_most_three_hundred_lines(package: str) -> None:
    lines = {
        str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files(package)
    }
    assert {path: count for path, count in lines.items() if count > LINES} == {}
