"""The cloud assembly as a whole: the same bytes each time, and right for CloudFormation."""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk
import pytest

from cdk_personalize_batch import BatchInferenceJob, JobInput, SolutionVersion
from tests.support import ROOT

SOLUTION_VERSION = "arn:aws:personalize:eu-west-1:123456789012:solution/films/1"


def written(folder: Path, **settings: object) -> dict[str, bytes]:
    """Synthesizes an app with all inputs that make files; returns the files."""
    app = cdk.App(outdir=str(folder), **settings)  # type: ignore[arg-type]
    stack = cdk.Stack(app, "Films")
    for name, job_input in {
        "Records": JobInput.from_records({"userId": str(number)} for number in range(10)),
        "File": JobInput.from_asset(ROOT / "examples" / "users.json"),
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
    assert any(name.startswith("asset.") and name.endswith(".zip") for name in first)


def test_an_app_without_staging_has_the_files_that_it_uploads(tmp_path: Path) -> None:
    context = {"aws:cdk:disable-asset-staging": True}
    files = written(tmp_path / "out", builtin_cloud_formation_validation=False, context=context)
    assets = json.loads(files["Films.assets.json"])["files"].values()
    sources = [tmp_path / "out" / asset["source"]["path"] for asset in assets]
    assert len(sources) == 4
    assert [path for path in sources if not path.is_file()] == []


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
