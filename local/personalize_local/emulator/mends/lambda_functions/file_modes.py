"""Gives the files of a function the modes that they have in its zip.

MiniStack leaves these out. On AWS others than its owner run a function: their rights count.
"""

from __future__ import annotations

import io
import types
import zipfile
from pathlib import Path
from typing import Any, Final

from ministack.core import lambda_runtime
from ministack.services.cloudformation import provisioners

from personalize_local.emulator.mend import Mend

_READABLE: Final = 0o100644
_OTHERS: Final = 0o007
# Whoever runs this must be able to remove it.
_REMOVABLE: Final = 0o200


class _Package(zipfile.ZipFile):
    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:  # noqa: ANN401
        super().extractall(path, members, pwd)
        closed = [one.filename for one in self.infolist() if _is_closed_folder(one)]
        for entry in self.infolist():
            mode = entry.external_attr >> 16
            if mode == 0 or entry.is_dir():
                # Zips of Windows have no modes, and their files can be read.
                continue
            in_closed = any(entry.filename.startswith(folder) for folder in closed)
            rights = 0 if in_closed else mode & _OTHERS
            file = Path(path, entry.filename)
            if file.is_file():
                file.chmod(_REMOVABLE | rights << 6)


def _is_closed_folder(entry: zipfile.ZipInfo) -> bool:
    mode = entry.external_attr >> 16
    return entry.is_dir() and mode != 0 and mode & 0o5 != 0o5


def _apply() -> None:
    names = {**vars(zipfile), "ZipFile": _Package}
    lambda_runtime.zipfile = types.SimpleNamespace(**names)
    zip_inline = provisioners._zip_inline

    def zip_readable(*source: Any) -> bytes | None:  # noqa: ANN401
        made = zip_inline(*source)
        return None if made is None else _opened(made)

    provisioners._zip_inline = zip_readable


def _opened(code: bytes) -> bytes:
    """Returns a zip whose files everybody can read, as those that AWS makes of inline code."""
    opened = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(code)) as given, zipfile.ZipFile(opened, "w") as made:
        for entry in given.infolist():
            content = given.read(entry)
            entry.external_attr = _READABLE << 16
            made.writestr(entry, content)
    return opened.getvalue()


MEND: Final = Mend(
    aws="A file of a function that others than its owner may not read cannot be read.",
    source="Lambda Developer Guide, Troubleshoot deployment issues in Lambda: permission denied",
    apply=_apply,
)
