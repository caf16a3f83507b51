"""The wheel and the sdist: everything is in them, and they synthesize as the checkout does."""

from __future__ import annotations

import configparser
import email
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.support import PATIENCE_SECONDS, ROOT

SYNTH = """
import sys
import aws_cdk as cdk
import cdk_personalize_batch as library
app = cdk.App(builtin_cloud_formation_validation=False)
stack = cdk.Stack(app, "Films")
library.BatchInferenceJob(
    stack, "Batch",
    solution_version=library.SolutionVersion.from_arn(
        "arn:aws:personalize:eu-west-1:123456789012:solution/films/1"),
    job_input=library.JobInput.from_records([{"userId": "1"}]),
)
template = app.synth().get_stack_by_name("Films").template
(function,) = (
    one for one in template["Resources"].values() if one["Type"] == "AWS::Lambda::Function")
print(library.__file__, function["Properties"]["Code"]["S3Key"])
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both packages, the wheel made from the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    build(ROOT, folder)
    return folder


def build(source: Path, folder: Path) -> None:
    """Builds the sdist, and the wheel from it."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder)]
    subprocess.run(
        [*command, str(source)], check=True, capture_output=True, timeout=PATIENCE_SECONDS
    )


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel installed, its files compiled as pip does it."""
    folder = tmp_path_factory.mktemp("site")
    (wheel,) = built.glob("*.whl")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    command += ["--disable-pip-version-check", "--compile", "--target", str(folder), str(wheel)]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_SECONDS)
    return folder


def synthesize(source: Path, folder: Path) -> tuple[Path, str]:
    environ = {**os.environ, "PYTHONPATH": str(source)}
    done = subprocess.run(
        [sys.executable, "-c", SYNTH],
        env=environ,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    file, key = done.stdout.split()
    return Path(file), key


def test_the_wheel_synthesizes_elsewhere_with_the_same_asset(
    installed: Path, tmp_path: Path
) -> None:
    assert list(installed.rglob("personalize_batch_runtime/__pycache__/*.pyc"))
    file, key = synthesize(installed, tmp_path)
    assert file.is_relative_to(installed)
    file, expected = synthesize(ROOT / "constructs", tmp_path)
    assert file.is_relative_to(ROOT)
    assert key == expected


def test_the_wheel_has_the_code_of_the_function_and_the_types(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    runtime = {path.name for path in (ROOT / "lambda/personalize_batch_runtime").glob("*.py")}
    packaged = "cdk_personalize_batch/_lambda/personalize_batch_runtime"
    assert {f"{packaged}/{name}" for name in runtime} <= names
    assert {"cdk_personalize_batch/py.typed", "personalize_local/py.typed"} <= names
    assert "personalize_local/cli/program.py" in names
    worker = "personalize_local/emulator/mends/lambda_functions/worker"
    assert {f"{worker}/aws_sdk.cjs", f"{worker}/node_runtime.cjs"} <= names
    assert not [name for name in names if name.endswith(".pyc") or name.startswith("tests/")]


def test_the_sdist_has_what_a_checkout_has(built: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files"],  # noqa: S607 - whichever git there is
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("this is no checkout")
    # A file that is being removed is still listed.
    expected = {name for name in listed.stdout.splitlines() if (ROOT / name).exists()}
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert expected
    assert expected - names == set()


def test_another_build_elsewhere_has_the_same_bytes(built: Path, tmp_path: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    for path in source.rglob("*"):
        os.utime(path, (1_900_000_000, 1_900_000_000))
    again = tmp_path / "again"
    build(source, again)
    assert {path.name: path.read_bytes() for path in again.iterdir()} == {
        path.name: path.read_bytes() for path in built.iterdir()
    }


def test_the_metadata_say_what_an_index_shows(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (folder,) = {name.partition("/")[0] for name in archive.namelist() if ".dist-info/" in name}
        metadata = email.message_from_bytes(archive.read(f"{folder}/METADATA"))
        points = configparser.ConfigParser()
        points.read_string(archive.read(f"{folder}/entry_points.txt").decode())
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata.get_all("Provides-Extra") == ["cli", "local"]
    assert "Typing :: Typed" in metadata.get_all("Classifier", [])
    assert dict(points["console_scripts"]) == {
        "personalize-batch": "cdk_personalize_batch.cli:main",
        "personalize-local": "personalize_local.cli:main",
    }
    assert dict(points["pytest11"]) == {"personalize_local": "personalize_local.pytest_plugin"}
