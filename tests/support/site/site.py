"""The documentation site, built and served on this machine."""

from __future__ import annotations

import functools
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support import PATIENCE_SECONDS, ROOT


@dataclass(frozen=True)
class Site:
    """The built site.

    Attributes:
        folder: Where it is.
        url: Where it is served, without a slash at its end.
    """

    folder: Path
    url: str

    @property
    def pages(self) -> set[str]:
        """The names of all pages, but that of the error page."""
        found = (path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*.html"))
        return set(found) - {"404.html"}


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files, and keeps quiet."""

    def log_message(self, format: str, *args: object) -> None:
        """Does nothing."""


@contextmanager
def serve_site(folder: Path) -> Iterator[Site]:
    """Builds the site into a folder, and serves it."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Site(folder, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()
