"""The code of the functions: the same bytes on every machine, and nothing that does not belong."""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from cdk_personalize_batch.functions import assets
from cdk_personalize_batch.functions.code_zip import code_zip
from tests.support.assets import assert_handler_imports
from tests.support.synth.synth import Synth
from tests.support.synth.workflows import make

PACKAGE = assets.runtime_folder() / "personalize_batch_runtime"
STRAY = (
    ".DS_Store",
    "._job.py",
    "job.py.orig",
    "__pycache__/job.cpython-314.pyc",
    "_job/Thumbs.db",
)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The package in another place."""
    folder = tmp_path / "elsewhere" / PACKAGE.name
    shutil.copytree(PACKAGE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def under_another_umask(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)


def at_another_time(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (1_900_000_000, 1_900_000_000))


def beside_stray_files(folder: Path) -> None:
    for name in STRAY:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"\0stray")


def listed_otherwise(folder: Path) -> None:
    """File systems list names in the order of their making, or by name."""
    for path in sorted(folder.rglob("*.py"), reverse=True):
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content)


@pytest.mark.aws("code that Lambda cannot read")
@pytest.mark.parametrize(
    "change", [under_another_umask, at_another_time, beside_stray_files, listed_otherwise]
)
def test_an_install_of_another_machine_has_the_same_code(
    copied: Path, change: Callable[[Path], None]
) -> None:
    change(copied)
    assert code_zip(copied) == code_zip(PACKAGE)


@pytest.mark.aws("code that Lambda cannot read")
def test_everybody_may_read_the_code() -> None:
    with zipfile.ZipFile(io.BytesIO(code_zip(PACKAGE))) as archive:
        modes = {(one.is_dir(), one.external_attr >> 16 & 0o777) for one in archive.infolist()}
        assert archive.testzip() is None
    assert modes == {(True, 0o755), (False, 0o644)}


def test_no_library_compresses_the_code() -> None:
    with zipfile.ZipFile(io.BytesIO(code_zip(PACKAGE))) as archive:
        assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_STORED}
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_an_asset_has_all_that_its_handler_imports_and_no_other_handler(
    synth: Synth, tmp_path: Path
) -> None:
    synth.job()
    make(synth)
    out = Path(synth.app.synth().directory)
    handlers = set()
    for number, file in enumerate(out.glob("asset.*.zip")):
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            archive.extractall(tmp_path / str(number))
        (handler,) = {"job", "shards"} & {Path(name).stem for name in names}
        assert_handler_imports(tmp_path / str(number), handler)
        handlers.add(handler)
    assert handlers == {"job", "shards"}


def test_the_code_is_small() -> None:
    # What a cold start reads; 50 MB is Lambda's own limit.
    assert len(code_zip(PACKAGE)) < 200_000
