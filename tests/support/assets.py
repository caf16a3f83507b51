"""The code of a Lambda function as its asset holds it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_PROGRAM = """
import pathlib, pkgutil, sys
folder, name = sys.argv[1:]
sys.path.insert(0, folder)
import personalize_batch_runtime as package
modules = [found.name for found in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
assert f"{package.__name__}.{name}" in modules, modules
for module in modules:
    __import__(module)
    assert pathlib.Path(sys.modules[module].__file__).is_relative_to(folder), module
"""


def assert_handler_imports(folder: Path, name: str) -> None:
    """Imports every module of an asset, its handler among them, from that folder alone.

    Args:
        folder: The folder of the asset.
        name: The module of the handler.
    """
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", _PROGRAM, str(folder), name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
