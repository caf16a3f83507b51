"""Files that appear under their name only when they are whole."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yields where to write; what is there when the block ends well takes the place of the file.

    Until then a file of the name stays as it is, and may even be what the block reads.

    Args:
        path: The file. A pipe or a device is written to directly.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if path.exists() and not path.is_file():
        yield path
        return
    # Through links: the link stays, and what it leads to is replaced.
    target = path.resolve()
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        yield temporary
        if target.exists():
            shutil.copymode(target, temporary)
        temporary.replace(target)
    except OSError as error:
        if error.filename == str(temporary) or error.errno == errno.ENOSPC:
            # Nobody has named the other one, and a write that finds no room names none.
            raise type(error)(error.errno, error.strerror, str(path)) from None
        raise
    finally:
        temporary.unlink(missing_ok=True)
