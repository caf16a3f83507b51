"""What the fixtures do with wrong names, before anything is deployed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from personalize_local import testing
from personalize_local.host import tls
from personalize_local.instance import LocalAws, LocalAwsError
from personalize_local.testing import AwsForTests


@pytest.fixture
def aws(tmp_path: Path) -> AwsForTests:
    tls.issue(tmp_path, {})
    return AwsForTests(LocalAws(tmp_path, pid=1, port=1, region="us-east-1"))


def test_a_command_that_does_not_exist_is_named(aws: AwsForTests) -> None:
    with pytest.raises(LocalAwsError, match="'no-such-program' cannot be started: No such file"):
        aws.run(["no-such-program"])


def test_a_command_that_does_not_end_is_stopped(
    aws: AwsForTests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(testing, "_COMMAND_SECONDS", 0.1)
    with pytest.raises(LocalAwsError, match=r"sleep 60 was stopped: it had not ended after 0.1 s"):
        aws.run(["sleep", "60"])


@pytest.mark.parametrize("app", ["gone.py", Path("gone.py")])
def test_an_app_that_does_not_exist_is_named(aws: AwsForTests, app: str | Path) -> None:
    with pytest.raises(LocalAwsError, match=r"there is no app gone\.py"):
        aws.deploy(app)


@pytest.mark.parametrize("uri", ["results", "s3://", "s3:///results/", "https://films/results/"])
def test_what_is_no_folder_in_s3_is_named(aws: AwsForTests, uri: str) -> None:
    with pytest.raises(LocalAwsError, match="is no folder in S3; give s3://BUCKET/FOLDER/"):
        aws.read(uri)


def test_a_failed_command_is_the_callers_to_judge(aws: AwsForTests) -> None:
    done = aws.run(["false"])
    assert isinstance(done, subprocess.CompletedProcess)
    assert done.returncode == 1
