"""The documentation site and a browser, once for all tests of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.site.browser import Browser, open_browser
from tests.support.site.site import Site, serve_site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serve_site(tmp_path_factory.mktemp("site")) as served:
        yield served


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Not pytest's own folder, which is kept: the browser takes 200 MB.
    with tempfile.TemporaryDirectory() as folder, open_browser(Path(folder)) as opened:
        yield opened
