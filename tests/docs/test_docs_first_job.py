"""The apps that a new user writes first deploy a job on the local AWS."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from personalize_local.testing import AwsForTests
from tests.support import ROOT
from tests.support.pages import Page

TOOLS = ROOT / "node_modules" / ".bin"
WRITES_INPUT = re.compile(r"printf '(.*)' > users\.json")


@pytest.mark.parametrize("name", ["README.md", "docs/start.md"])
def test_the_first_app_deploys_a_job_with_results(
    pages: dict[str, Page],
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.setenv("PATH", os.pathsep.join([str(TOOLS), os.environ["PATH"]]))
    local_aws: AwsForTests = request.getfixturevalue("clean_local_aws")
    page = pages[name]
    ((_, app),) = page.blocks("python")
    (tmp_path / "app.py").write_text(app)
    (records,) = WRITES_INPUT.findall(page.text)
    (tmp_path / "users.json").write_text(records.replace(r"\n", "\n"))
    outputs = local_aws.deploy(tmp_path / "app.py")["Films"]
    (job,) = local_aws.finished_jobs()
    assert (job["status"], job["batchInferenceJobArn"]) == ("ACTIVE", outputs["Job"])
    users = [record["input"]["userId"] for record in local_aws.read(outputs["Results"])]
    assert users == ["1", "7", "12"]
