"""The list of what is changed in MiniStack: complete, explained, and with a case for each mend."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.support import ROOT

EMULATOR = ROOT / "local" / "personalize_local" / "emulator"
# Without the environment of a server MiniStack would read this process's.
SCRIPT = """
import json
from personalize_local.emulator.registry import MENDS
print(json.dumps([[one.name, one.aws, one.source, one.is_of_ministack] for one in MENDS]))
"""


@pytest.fixture(scope="module")
def mends(tmp_path_factory: pytest.TempPathFactory) -> list[list[Any]]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), "AUTH": "true"},
        cwd=tmp_path_factory.mktemp("mends"),
        capture_output=True,
        text=True,
        check=True,
    )
    return list(json.loads(done.stdout.splitlines()[-1]))


def modules_with_a_mend() -> set[str]:
    found = set()
    for file in [*EMULATOR.glob("mends/**/*.py"), *EMULATOR.glob("ours/**/*.py")]:
        named = {
            node.target.id
            for node in ast.parse(file.read_text(encoding="utf-8")).body
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        }
        if "MEND" in named:
            found.add(file.relative_to(EMULATOR).with_suffix("").as_posix())
    return found


def test_each_mend_is_in_the_list_once(mends: list[list[Any]]) -> None:
    names = [name for name, *_ in mends]
    assert len(names) == len(set(names))
    assert set(names) == modules_with_a_mend()


def test_each_mend_says_what_aws_does_and_where_that_is_written(mends: list[list[Any]]) -> None:
    for name, aws, source, is_of_ministack in mends:
        assert aws.endswith("."), name
        assert source, name
        assert is_of_ministack == name.startswith("mends/")


def test_each_mend_of_ministack_has_a_case_named_after_it(mends: list[list[Any]]) -> None:
    for name in [name for name, _, _, is_of_ministack in mends if is_of_ministack]:
        _, service, *_, mend = name.split("/")
        folders = [ROOT / part / service for part in ("tests/flow/mends", "tests/local/mends")]
        assert [case for folder in folders for case in folder.rglob(f"test_{mend}.py")], name
