"""The pytest plugin, as a user has it: pytest in pytest, on the example of the documentation."""

from __future__ import annotations

import os
import re

import pytest

from tests.support import PATIENCE_SECONDS, ROOT

pytest_plugins = ["pytester"]

PAGE = ROOT / "docs" / "testing-your-stack.md"
# What a test run must not pay for: the CDK, the AWS SDK, the rest of the local AWS.
HEAVY = ("aws_cdk", "jsii", "boto3", "rich", "personalize_local.instance", "cdk_personalize_batch")


def test_the_example_of_the_documentation_passes(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = str(ROOT / "node_modules" / ".bin")
    monkeypatch.setenv("PATH", os.pathsep.join([tools, os.environ["PATH"]]))
    app, tests = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    pytester.makefile(".py", app=app, test_films=tests)
    result = pytester.runpytest_subprocess("-W", "error", timeout=PATIENCE_SECONDS)
    result.assert_outcomes(passed=2)


def test_a_run_without_the_fixtures_loads_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        f"""
        import sys

        def test_modules():
            assert "personalize_local.pytest_plugin" in sys.modules
            assert not [name for name in {HEAVY!r} if name in sys.modules]
        """
    )
    pytester.runpytest_subprocess("-W", "error", timeout=PATIENCE_SECONDS).assert_outcomes(passed=1)


def test_the_fixtures_load_no_cdk(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys
        from personalize_local import testing

        def test_modules():
            assert not [name for name in ("aws_cdk", "jsii") if name in sys.modules]
        """
    )
    pytester.runpytest_subprocess(timeout=PATIENCE_SECONDS).assert_outcomes(passed=1)


def test_the_fixtures_and_settings_say_what_they_are(pytester: pytest.Pytester) -> None:
    listed = pytester.runpytest_subprocess("--fixtures", timeout=PATIENCE_SECONDS)
    listed.stdout.fnmatch_lines(["local_aws [[]session scope[]]*", "clean_local_aws*"])
    listed = pytester.runpytest_subprocess("--help", timeout=PATIENCE_SECONDS)
    listed.stdout.fnmatch_lines(["*personalize_local_region*", "*personalize_local_job_seconds*"])


def test_a_wrong_setting_is_named(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\npersonalize_local_job_seconds = soon\n")
    pytester.makepyfile("def test_one(clean_local_aws): ...")
    result = pytester.runpytest_subprocess(timeout=PATIENCE_SECONDS)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*UsageError: personalize_local_job_seconds must be a number of seconds, got 'soon'"]
    )
