"""The documentation site, built and served on this machine, and a browser to look at it.

The browser is a Chromium that an npm package ships. It brings its own libraries and fonts, and is
driven by its DevTools protocol through a pipe, so that it needs no driver, no port and no display.
Where it does not run, one that is installed is taken; `SITE_BROWSER` names it.
"""

# What JavaScript returns is of any type.
# ruff: noqa: ANN401

from __future__ import annotations

import functools
import http.server
import json
import os
import platform
import select
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "node_modules" / "@sparticuz" / "chromium" / "bin"
INSTALLED = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE_SECONDS = 20
UNPACK = """
const [source, target] = process.argv.slice(1);
require("stream").pipeline(
  require("fs").createReadStream(source),
  require("zlib").createBrotliDecompress(),
  require("fs").createWriteStream(target, { mode: 0o755 }),
  (error) => { if (error) throw error; },
);
"""
FONTS = """<?xml version="1.0"?>
<fontconfig><dir>{folder}/fonts</dir><cachedir>{folder}/cache</cachedir></fontconfig>
"""
SWITCHES = (
    "--headless",
    # Namespaces are not to be had everywhere, and the pages are our own.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # A request to anywhere else fails, and shows as a request.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-debugging-pipe",
)


def unpack_shipped(folder: Path) -> tuple[str, dict[str, str]]:
    """Unpacks the shipped browser; returns its path and the environment that it needs."""
    node = shutil.which("node", path=f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}")
    assert node, "no Node.js beside Python; run `make test`"
    for name in ("chromium", "al2023.tar", "fonts.tar"):
        command = [node, "-e", UNPACK, str(SHIPPED / f"{name}.br"), str(folder / name)]
        subprocess.run(command, check=True, timeout=60)  # noqa: S603 - no outside input
        if name.endswith(".tar"):
            with tarfile.open(folder / name) as archive:
                archive.extractall(folder, filter="data")
    fonts = folder / "fonts.conf"
    fonts.write_text(FONTS.format(folder=folder), encoding="utf-8")
    environ = {"LD_LIBRARY_PATH": str(folder / "lib"), "FONTCONFIG_FILE": str(fonts)}
    return str(folder / "chromium"), environ


def find_browser(folder: Path) -> tuple[str, dict[str, str]]:
    """Returns the path of a browser and the environment that it needs."""
    named = os.environ.get("SITE_BROWSER")
    if named:
        return named, {}
    if (platform.system(), platform.machine()) == ("Linux", "x86_64"):
        assert SHIPPED.is_dir(), "no browser in node_modules; run `make test`"
        return unpack_shipped(folder)
    found = next(filter(None, map(shutil.which, INSTALLED)), None)
    if found is None:
        pytest.skip("no Chromium is shipped for this system; install one, or name it: SITE_BROWSER")
    return found, {}


class Browser:
    """A browser with one page, and what that page did.

    Attributes:
        requests: The URLs that were asked for since `open`.
        complaints: Errors in the console, exceptions, and requests that failed since `open`.
    """

    def __init__(self, path: str, environ: dict[str, str], folder: Path) -> None:
        self._log = folder / "log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - no outside input
                # The browser reads its commands from descriptor 3 and writes to 4.
                [
                    "/bin/sh",
                    "-c",
                    'exec "$0" "$@" 3<&0 4>&1 </dev/null >&2',
                    path,
                    *SWITCHES,
                    f"--user-data-dir={folder / 'profile'}",
                ],
                bufsize=0,
                env={"PATH": os.defpath, "HOME": str(folder), **environ},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self._from = self._process.stdin, self._process.stdout
        self._buffer = b""
        self._sent = 0
        self._answers: dict[int, dict[str, Any]] = {}
        self._loads = 0
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        self.call("Page.enable")
        self.call("Log.enable")
        self._listen(self._session)
        self.resize(1280, 900)

    def open(self, url: str) -> None:
        """Opens a page, and waits until it has loaded."""
        self.requests.clear()
        self.complaints.clear()
        self.wait_for_load(lambda: self.call("Page.navigate", url=url))

    def wait_for_load(self, cause: Callable[[], object]) -> None:
        """Does what loads a page, and waits until it has loaded."""
        before = self._loads
        cause()
        self._read_until(lambda: self._loads > before, "a page that loads")

    def run(self, script: str) -> Any:
        """Runs an expression in the page; returns its value."""
        answer = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_until(self, script: str) -> Any:
        """Waits until an expression is true in the page; returns its value."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (value := self.run(script)):
            assert time.monotonic() < deadline, f"never true: {script}"
            time.sleep(0.02)
        return value

    def resize(self, width: int, height: int) -> None:
        """Makes the window as large as said."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def call(self, method: str, **arguments: object) -> dict[str, Any]:
        """Calls a method of the DevTools protocol; returns its answer."""
        number = self._send(method, self._session, arguments)
        self._read_until(lambda: number in self._answers, method)
        answer = self._answers.pop(number)
        assert "error" not in answer, f"{method}: {answer['error']}"
        return dict(answer["result"])

    def close(self) -> None:
        """Ends the browser."""
        self._process.terminate()
        try:
            self._process.wait(PATIENCE_SECONDS)
        finally:
            self._process.kill()
            self._process.wait()
            self._to.close()
            self._from.close()

    def _listen(self, session: str | None) -> None:
        for method in ("Runtime.enable", "Network.enable"):
            self._send(method, session, {})
        # Search runs in a worker, which is a target of its own.
        follow = {"autoAttach": True, "waitForDebuggerOnStart": False, "flatten": True}
        self._send("Target.setAutoAttach", session, follow)

    def _send(self, method: str, session: str | None, arguments: dict[str, Any]) -> int:
        self._sent += 1
        message = {"id": self._sent, "method": method, "params": arguments}
        if session is not None:
            message["sessionId"] = session
        self._to.write(json.dumps(message).encode() + b"\0")
        return self._sent

    def _read_until(self, is_done: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_done():
            ready, _, _ = select.select([self._from], [], [], deadline - time.monotonic())
            read = os.read(self._from.fileno(), 1 << 16) if ready else b""
            assert read, f"no answer to {what}; the browser says: {self._said()}"
            *messages, self._buffer = (self._buffer + read).split(b"\0")
            for message in map(json.loads, messages):
                if "id" in message:
                    self._answers[message["id"]] = message
                else:
                    self._note(message["method"], message["params"])

    def _note(self, event: str, about: dict[str, Any]) -> None:
        match event:
            case "Page.loadEventFired":
                self._loads += 1
            case "Target.attachedToTarget":
                self._listen(about["sessionId"])
            case "Network.requestWillBeSent":
                self.requests.append(about["request"]["url"])
            case "Network.responseReceived" if about["response"]["status"] >= 400:
                self.complaints.append(f"{about['response']['status']} {about['response']['url']}")
            case "Network.loadingFailed" if not about.get("canceled"):
                self.complaints.append(about["errorText"])
            case "Runtime.exceptionThrown":
                self.complaints.append(str(about["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if about["type"] in ("error", "assert", "warning"):
                self.complaints.append(str(about["args"]))
            case "Log.entryAdded" if about["entry"]["level"] in ("error", "warning"):
                self.complaints.append(str(about["entry"]))

    def _said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")[-2000:]


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


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(  # noqa: S603 - no outside input
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Site(folder, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Not pytest's own folder, which is kept: the browser takes 200 MB.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        opened = Browser(*find_browser(folder), folder)
        yield opened
        opened.close()
