"""A Chromium to look at pages with: one that an npm package ships, or one that is installed.

The shipped one brings its own libraries and fonts. `SITE_BROWSER` names another one.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.support import ROOT

SHIPPED = ROOT / "node_modules" / "@sparticuz" / "chromium" / "bin"
INSTALLED = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
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


def unpack_shipped(folder: Path) -> tuple[str, dict[str, str]]:
    """Unpacks the shipped browser; returns its path and the environment that it needs."""
    node = shutil.which("node", path=f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}")
    assert node, "no Node.js beside Python; run `make test`"
    for name in ("chromium", "al2023.tar", "fonts.tar"):
        command = [node, "-e", UNPACK, str(SHIPPED / f"{name}.br"), str(folder / name)]
        subprocess.run(command, check=True)
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
