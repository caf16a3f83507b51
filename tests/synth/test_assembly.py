"""The cloud assembly as a whole: the same bytes each time, and right for CloudFormation."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import aws_cdk as cdk
import pytest

from cdk_personalize_batch import BatchInferenceJob, JobInput, SolutionVersion

SOLUTION_VERSION = "arn:aws:personalize:eu-west-1:123456789012:solution/films/1"


def written(folder: Path, **settings: object) -> dict[str, bytes]:
    """Synthesizes an app with all inputs that make files; returns the files."""
    app = cdk.App(outdir=str(folder), **settings)  # type: ignore[arg-type]
    stack = cdk.Stack(app, "Films")
    for name, job_input in {
        "Records": JobInput.from_records({"userId": str(number)} for number in range(10)),
        "File": JobInput.from_asset(Path(__file__).parents[2] / "examples" / "users.json"),
        "Uri": JobInput.from_s3_uri("s3://films-input/users/"),
    }.items():
        BatchInferenceJob(
            stack,
            name,
            solution_version=SolutionVersion.from_arn(SOLUTION_VERSION),
            job_input=job_input,
        )
    app.synth()
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_two_synths_write_the_same_bytes(tmp_path: Path) -> None:
    first, second = (
        written(tmp_path / name, builtin_cloud_formation_validation=False)
        for name in ("one", "two")
    )
    assert first == second
    assert any(name.endswith("job.py") for name in first)


def test_the_functions_asset_is_small_and_has_nothing_but_code(tmp_path: Path) -> None:
    files = written(tmp_path / "out", builtin_cloud_formation_validation=False)
    code = [name for name in files if "personalize_batch_runtime" in name]
    assert {Path(name).suffix for name in code} == {".py"}
    archive = tmp_path / "asset.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as asset:
        for name in code:
            asset.writestr(name, files[name])
    assert archive.stat().st_size < 40_000


def test_the_asset_has_all_that_the_handler_imports(tmp_path: Path) -> None:
    written(tmp_path / "out", builtin_cloud_formation_validation=False)
    (folder,) = (path.parents[1] for path in tmp_path.rglob("personalize_batch_runtime/job.py"))
    done = subprocess.run(
        [sys.executable, "-B", "-c", "from personalize_batch_runtime.job import handler"],
        env={"PYTHONPATH": str(folder)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_cloudformations_own_rules_find_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CDK_VALIDATION", raising=False)
    context = {
        "@aws-cdk/core:validateAgainstDefaultRules": True,
        "@aws-cdk/core:strictCfnValidateErrors": True,
        "@aws-cdk/core:failSynthOnValidationErrors": True,
    }
    files = written(tmp_path / "out", context=context)
    report = json.loads(files.get("validation-report.json", b"{}"))
    assert report.get("pluginReports", []) == []
