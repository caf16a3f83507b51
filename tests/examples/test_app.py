"""The example app, where what it is given is wrong; tests/flow deploys it."""

from __future__ import annotations

import functools
import json
import runpy

import aws_cdk as cdk
import pytest

from tests.support import ROOT

MODEL = "arn:aws:personalize:eu-west-1:123456789012:solution/films/a1"


@pytest.mark.parametrize(
    ("context", "message"),
    [
        ({}, "no solution_version_arn: give it as `-c solution_version_arn=…`"),
        (
            {"solution_version_arn": MODEL, "num_results": "some"},
            "num_results must be a whole number, got 'some'",
        ),
        (
            {"solution_version_arn": MODEL, "input": "gone.json"},
            "[PersonalizeBatch/Batch] job_input: there is no file gone.json",
        ),
    ],
)
def test_wrong_context_is_one_message(
    monkeypatch: pytest.MonkeyPatch, context: dict[str, str], message: str
) -> None:
    settings = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))
    # In place of the CDK CLI, which hands it on in the environment of a new process.
    given = {**settings["context"], **context}
    monkeypatch.setattr(cdk, "App", functools.partial(cdk.App, context=given))
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(ROOT / "app.py"), run_name="__main__")
    # Python prints this text and no traceback.
    assert isinstance(ended.value.code, str)
    assert message in ended.value.code
