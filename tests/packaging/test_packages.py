"""The wheel and the sdist: everything is in them, and they synthesize as the checkout does."""

# ruff: noqa: S603 - the commands are the tests' own

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
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
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return folder


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel installed, its files compiled as pip does it."""
    folder = tmp_path_factory.mktemp("site")
    (wheel,) = built.glob("*.whl")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    command += ["--disable-pip-version-check", "--compile", "--target", str(folder), str(wheel)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
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
        timeout=120,
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
    assert "cdk_personalize_batch/py.typed" in names
    assert "personalize_local/cli.py" in names
    assert not [name for name in names if name.endswith(".pyc") or name.startswith("tests/")]


def test_the_sdist_has_what_a_checkout_has(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    listed = ("app.py", "cdk.json", "Makefile", "requirements.txt", "README.md", "CHANGELOG.md")
    assert {*listed, "LICENSE", "lambda/personalize_batch_runtime/job.py"} <= names
