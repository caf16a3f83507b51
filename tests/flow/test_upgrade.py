"""An upgrade of the library, from before its jobs had a property for each argument.

`golden/upgrade.zip` is the cloud assembly of `apps/upgrade_app.py`, made by version 0.1.0 as it was
before, with the code of its function: what somebody has deployed. It is never made again.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from personalize_local.catalog import solutions
from personalize_local.host.environment import ACCOUNT
from tests.support import ROOT
from tests.support.flow.running_aws import RunningAws

APP = ROOT / "tests/flow/apps/upgrade_app.py"
BEFORE = ROOT / "tests/flow/golden/upgrade.zip"
VERSIONS = {one.recipe.name: one.arn for one in solutions.solution_versions(ACCOUNT, "us-east-1")}
STACK = "Upgrade"


def deploy(aws: RunningAws, folder: Path) -> dict[str, str]:
    """Deploys an assembly, and returns the stack's outputs."""
    aws.deploy_assembly(folder)
    return aws.outputs(STACK)


def jobs(aws: RunningAws) -> set[str]:
    """The ARNs of the jobs that the stack has made."""
    personalize = aws.client("personalize")
    return {
        str(job[f"batch{kind.capitalize()}JobArn"])
        for kind in ("inference", "segment")
        for page in personalize.get_paginator(f"list_batch_{kind}_jobs").paginate()
        for job in page[f"batch{kind.capitalize()}Jobs"]
        if job["jobName"].lower().startswith("upgrade-")
    }


@pytest.mark.aws("an upgrade that is billed")
def test_an_upgrade_makes_no_job_again(local_aws: RunningAws, tmp_path: Path) -> None:
    with zipfile.ZipFile(BEFORE) as archive:
        archive.extractall(tmp_path / "before")
    before = deploy(local_aws, tmp_path / "before")
    assert jobs(local_aws) == set(before.values())
    versions = [VERSIONS[f"aws-{recipe}"] for recipe in ("user-personalization", "item-affinity")]
    subprocess.run([sys.executable, str(APP), str(tmp_path / "now"), *versions], check=True)
    now = deploy(local_aws, tmp_path / "now")
    # Of this one the changelog tells: its name had to tell it from others.
    assert {name for name in now if now[name] != before[name]} == {"UpgradeacmecomArn"}
    assert jobs(local_aws) == {*before.values(), now["UpgradeacmecomArn"]}
    # And back: a deployment that is rolled back finds its jobs too.
    assert deploy(local_aws, tmp_path / "before") == before
    assert len(jobs(local_aws)) == len(before) + 1
