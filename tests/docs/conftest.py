"""The pages of the documentation, one for each test that asks for one."""

from __future__ import annotations

import pytest

from tests.support.pages import PAGES, Page


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", PAGES, ids=lambda page: page.name)


@pytest.fixture(scope="session")
def pages() -> dict[str, Page]:
    return {page.name: page for page in PAGES}
