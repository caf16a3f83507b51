"""A browser with one page, driven by Playwright, and what that page did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Page, Request, Response, sync_playwright

from tests.support import PATIENCE_SECONDS
from tests.support.site.chromium import find_browser

SWITCHES = [
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # A request to anywhere else fails, and shows as a request.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


class Browser:
    """A browser with one page.

    Attributes:
        page: The page, as Playwright has it.
        requests: The URLs that were asked for since `open`.
        complaints: Errors in the console, exceptions, and requests that failed since `open`.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("response", self._note_response)
        page.on("requestfailed", self._note_failure)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._note_message)

    def open(self, url: str) -> None:
        """Opens a page, and waits until it has loaded."""
        self.requests.clear()
        self.complaints.clear()
        self.page.goto(url)

    def wait_for_load(self, cause: Callable[[], object]) -> None:
        """Does what loads a page, and waits until it has loaded."""
        with self.page.expect_event("load"):
            cause()

    def run(self, script: str) -> Any:
        """Runs an expression in the page; returns its value."""
        return self.page.evaluate(script)

    def wait_until(self, script: str) -> Any:
        """Waits until an expression is true in the page; returns its value."""
        return self.page.wait_for_function(script).json_value()

    def resize(self, width: int, height: int) -> None:
        """Makes the window as large as said."""
        self.page.set_viewport_size({"width": width, "height": height})

    def _note_response(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.status} {response.url}")

    def _note_failure(self, request: Request) -> None:
        # What a page asked for when it was left is no failure.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.failure} {request.url}")

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "assert", "warning"):
            self.complaints.append(message.text)


@contextmanager
def open_browser(folder: Path) -> Iterator[Browser]:
    """Starts a browser, whose files lie in a folder."""
    path, environ = find_browser(folder)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=SWITCHES,
            env={"HOME": str(folder), **environ},
            # Namespaces are not to be had everywhere, and the pages are our own.
            chromium_sandbox=False,
            timeout=PATIENCE_SECONDS * 1000,
        )
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_SECONDS * 1000)
        yield Browser(page)
        browser.close()
