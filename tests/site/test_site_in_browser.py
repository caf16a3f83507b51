"""The documentation site as a reader has it: each page opens, is whole, and is found."""

from __future__ import annotations

from functools import partial
from urllib.parse import urldefrag, urlsplit

import pytest

from tests.support.site.browser import Browser
from tests.support.site.site import Site

BROKEN_IMAGES = """
Promise.all([...document.images].map((image) => image.decode().then(() => null, () => image.src)))
  .then((sources) => sources.filter(Boolean))
"""

SIDE_LINKS = """
[...document.querySelectorAll('.md-sidebar--primary a.md-nav__link')]
  .filter((link) => link.offsetParent && !link.closest('.md-nav--secondary'))
  .map((link) => link.href)
"""


def page_of(browser: Browser, site: Site) -> str:
    """The name of the page that is open."""
    url = urlsplit(browser.page.url)
    assert f"{url.scheme}://{url.netloc}" == site.url
    return url.path.removeprefix("/")


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


def test_each_tab_and_its_side_lead_to_their_pages(site: Site, browser: Browser) -> None:
    browser.resize(1280, 900)
    browser.open(f"{site.url}/index.html")
    tabs = browser.run("[...document.querySelectorAll('.md-tabs__link')].map((tab) => tab.href)")
    assert len(tabs) == 4
    shown: set[str] = set()
    for number, tab in enumerate(tabs):
        click = f"document.querySelectorAll('.md-tabs__link')[{number}].click()"
        browser.wait_for_load(partial(browser.run, click))
        assert browser.run("location.href") == tab
        shown |= set(browser.run(SIDE_LINKS))
    assert {urldefrag(one)[0] for one in shown} == {f"{site.url}/{page}" for page in site.pages}


def test_search_finds_wait_up_to(site: Site, browser: Browser) -> None:
    browser.resize(1280, 900)
    browser.open(f"{site.url}/index.html")
    browser.run("document.querySelector('[data-md-component=search-query]').focus()")
    browser.page.keyboard.insert_text("wait_up_to")
    for page in ("lifecycle.html", "arguments.html", "api/batch-inference-job.html"):
        browser.wait_until(
            f"document.querySelector('.md-search-result__link[href*=\"{page}\"]')?.href"
        )
    click = "document.querySelector('.md-search-result__link[href*=wait_up_to]').click()"
    browser.wait_for_load(lambda: browser.run(click))
    assert browser.wait_until("document.querySelector('mark')?.textContent") == "wait_up_to"
    assert_is_whole(browser, site)


def test_the_reader_can_have_it_dark(site: Site, browser: Browser) -> None:
    browser.open(f"{site.url}/index.html")
    ground = "getComputedStyle(document.body).backgroundColor"
    before = browser.run(ground)
    browser.run("document.querySelector('label[title=Dark]').click()")
    assert browser.wait_until(f"{ground} !== {before!r} && {ground}")
    assert browser.run("document.body.dataset.mdColorScheme") == "slate"
    browser.run("localStorage.clear()")
