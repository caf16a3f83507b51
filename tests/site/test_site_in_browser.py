"""The documentation site as a reader has it: each page opens, is whole, and is found."""

from __future__ import annotations

from typing import Any
from urllib.parse import urldefrag

import pytest

# The classes of conftest.py; test modules cannot import them.
Site = Any
Browser = Any

BROKEN_IMAGES = """
Promise.all([...document.images].map((image) => image.decode().then(() => null, () => image.src)))
  .then((sources) => sources.filter(Boolean))
"""


def page_of(browser: Browser, site: Site) -> str:
    """The name of the page that is open."""
    url, _ = urldefrag(browser.run("location.href"))
    assert url.startswith(f"{site.url}/")
    return url.removeprefix(f"{site.url}/")


def assert_is_whole(browser: Browser, site: Site) -> None:
    page = page_of(browser, site)
    assert browser.run("document.querySelectorAll('h1').length") == 1, page
    assert browser.run(BROKEN_IMAGES) == [], page
    assert browser.run("document.documentElement.scrollWidth - innerWidth") <= 0, page
    assert browser.complaints == [], page
    elsewhere = [one for one in browser.requests if not one.startswith((f"{site.url}/", "data:"))]
    assert elsewhere == [], page


@pytest.mark.parametrize("size", [(1280, 900), (390, 800)], ids=["wide", "narrow"])
def test_every_page_is_reached_from_the_first_and_is_whole(
    site: Site, browser: Browser, size: tuple[int, int]
) -> None:
    browser.resize(*size)
    browser.open(f"{site.url}/index.html")
    reached = []
    while True:
        assert_is_whole(browser, site)
        reached.append(page_of(browser, site))
        following = browser.run("document.querySelector('.md-footer__link--next')?.href ?? null")
        if following is None:
            break
        assert len(reached) <= len(site.pages), reached
        browser.wait_for_load(
            lambda: browser.run("document.querySelector('.md-footer__link--next').click()")
        )
        assert browser.run("location.href") == following
    assert sorted(reached) == sorted(site.pages)
