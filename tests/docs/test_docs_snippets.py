"""Every Python snippet of the documentation runs, and makes what it says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import Any

import pytest

from tests.support import ROOT
from tests.support.pages import Page

RUNNER = ROOT / "tests/docs/run_snippets.py"
JOBS = {
    "BatchInferenceJob(": "Custom::PersonalizeBatchInferenceJob",
    "BatchSegmentJob(": "Custom::PersonalizeBatchSegmentJob",
}


@pytest.fixture(scope="module")
def results(pages: dict[str, Page], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("snippets")
    (folder / "examples").mkdir()
    for name in ("users.json", "examples/users.json"):
        shutil.copy(ROOT / "examples" / "users.json", folder / name)
    sources = os.pathsep.join(str(ROOT / name) for name in ("constructs", "lambda", "local"))
    # CloudFormation's rule engine takes seconds for each app; tests/security has it.
    environ = {**os.environ, "PYTHONPATH": sources, "CDK_VALIDATION": "false"}
    done = subprocess.run(
        [sys.executable, "-W", "error", str(RUNNER)],
        cwd=folder,
        env=environ,
        input=json.dumps({name: page.blocks("python") for name, page in pages.items()}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout))


def test_snippets_run(page: Page, results: dict[str, Any]) -> None:
    assert results[page.name]["error"] is None, results[page.name]["error"]


def test_snippets_with_a_job_make_one(page: Page, results: dict[str, Any]) -> None:
    code = "".join(snippet for _, snippet in page.blocks("python"))
    expected = {made for call, made in JOBS.items() if call in code}
    assert expected <= set(results[page.name]["types"])


def test_the_readme_makes_one_job_and_what_the_picture_shows(results: dict[str, Any]) -> None:
    types = results["README.md"]["types"]
    assert types.count("Custom::PersonalizeBatchInferenceJob") == 1
    assert types.count("AWS::Lambda::Function") == 1
    # Input, output and access logs.
    assert types.count("AWS::S3::Bucket") == 3


def test_the_app_of_the_readme_has_ten_lines(pages: dict[str, Page]) -> None:
    ((_, app),) = pages["README.md"].blocks("python")
    assert sum(bool(line.strip()) for line in app.splitlines()) == 10
