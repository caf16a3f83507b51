"""Fixtures of several folders. What is heavy is imported where a test asks for it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.support.order import arrange

if TYPE_CHECKING:
    from personalize_local.control import Control
    from personalize_local.testing import AwsForTests
    from tests.support.flow.running_aws import RunningAws
    from tests.support.synth.synth import Synth


# How long an example takes says how busy the machine is, and nothing about the code.
settings.register_profile("any", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    arrange(items, in_processes=config.pluginmanager.has_plugin("xdist"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    # pytest-xdist sends reports as UTF-8, and ends where what was logged has half a character.
    report = yield
    report.sections = [
        (name, text.encode(errors="backslashreplace").decode()) for name, text in report.sections
    ]
    return report


@pytest.fixture
def make_synth() -> Callable[[], Synth]:
    from tests.support.synth.synth import Synth

    return Synth


@pytest.fixture
def synth(make_synth: Callable[[], Synth]) -> Synth:
    return make_synth()


@pytest.fixture
def users(tmp_path: Path) -> Path:
    """A file with two users."""
    path = tmp_path / "users.json"
    path.write_text('{"userId": "1"}\n{"userId": "2"}\n', encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def local_aws(local_aws: AwsForTests) -> Iterator[RunningAws]:
    """The plugin's local AWS, which the CDK has bootstrapped; its jobs last 0.4 s."""
    from tests.support.flow.running_aws import RunningAws

    with closing(RunningAws(local_aws.local_aws)) as aws:
        yield aws


@pytest.fixture
def control(local_aws: RunningAws) -> Iterator[Control]:
    """The switchboard, without faults before and after the test."""
    local_aws.control.clear_faults()
    yield local_aws.control
    local_aws.control.clear_faults()


@pytest.fixture
def own_aws(pytestconfig: pytest.Config, tmp_path: Path) -> Iterator[RunningAws]:
    """A local AWS of one test, which the CDK has not bootstrapped."""
    from personalize_local.testing import running
    from tests.support.flow.running_aws import RunningAws

    seconds = float(pytestconfig.getini("personalize_local_job_seconds"))
    started = running(tmp_path, region="us-east-1", job_seconds=seconds, bootstrapped=False)
    with started as own, closing(RunningAws(own.local_aws)) as aws:
        yield aws
