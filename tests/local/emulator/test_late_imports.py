"""What a server imports only when somebody uses it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from personalize_local.emulator.late_imports import unseen

# As the server imports it; without the environment of one MiniStack would read this process's.
SCRIPT = """
import sys
from personalize_local.emulator.late_imports import unseen
with unseen("duckdb"):
    from personalize_local.emulator import app
late = "duckdb", "_duckdb", "sqlglot", "pandas", "numpy", "scipy", "lark"
print([name for name in late if name in sys.modules])
import duckdb
print(duckdb.__name__)
"""


def test_what_only_jobs_and_queries_need_is_not_imported_at_a_start(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), "AUTH": "true"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-2:] == ["[]", "duckdb"]


def test_a_package_is_unseen_in_the_block_only() -> None:
    with unseen("wave"), pytest.raises(ImportError):
        import wave
    import wave

    with unseen("wave"):
        import wave as again
    assert again is wave
