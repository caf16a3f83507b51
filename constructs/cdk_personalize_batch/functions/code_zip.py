"""The code of a function as a ZIP file that is the same bytes on every machine.

The CDK CLI would zip a folder with the modes that its files happen to have, and Lambda runs a
function as a user who is not their owner; a compression library compresses as its version does.
"""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Container
from pathlib import Path
from typing import Final

# The earliest time that the format knows.
_TIME: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
# What Lambda needs to read, in "Working with .zip file archives for Python Lambda functions".
_FILE_MODE: Final = stat.S_IFREG | 0o644
_FOLDER_MODE: Final = stat.S_IFDIR | 0o755


def code_zip(package: Path, left_out: Container[str] = ()) -> bytes:
    """Returns a ZIP file of the Python code of a package.

    It holds the package's modules and no other file, stored and not compressed: folders have the
    mode 0755, files 0644.

    Args:
        package: The folder of the package, which is the folder of the ZIP file too.
        left_out: Names of the modules and folders right below the package that are left out.
            Default: - none.

    Returns:
        The bytes of the file.
    """
    modules = {
        path.relative_to(package.parent): path
        for path in package.rglob("*.py")
        if path.relative_to(package).parts[0] not in left_out and _is_module(path)
    }
    folders = {folder for name in modules for folder in name.parents if folder.name}
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted({*folders, *modules}, key=lambda name: name.parts):
            if name in folders:
                archive.writestr(_entry(f"{name.as_posix()}/", _FOLDER_MODE), b"")
            else:
                archive.writestr(_entry(name.as_posix(), _FILE_MODE), modules[name].read_bytes())
    return written.getvalue()


def _is_module(path: Path) -> bool:
    # Some systems leave files beside others that have their names and a mark, as `._job.py`.
    return path.stem.isidentifier()


def _entry(name: str, mode: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _TIME)
    entry.create_system = _UNIX
    entry.external_attr = mode << 16
    return entry
