"""A pytest plugin: a local AWS for the tests of a stack.

pytest loads this module in every run of an environment that has the package, so it imports the
rest only when a test asks for a fixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from personalize_local.testing import AwsForTests

_REGION: Final = "personalize_local_region"
_JOB_SECONDS: Final = "personalize_local_job_seconds"
_REAL_TIME: Final = "personalize_local_real_time"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the settings of the local AWS to pytest's configuration file.

    Args:
        parser: pytest's.
    """
    parser.addini(_REGION, "the region that the local AWS works in", default="us-east-1")
    parser.addini(_JOB_SECONDS, "how long a batch job lasts there at least", default="1")
    parser.addini(
        _REAL_TIME,
        "whether state machines wait for jobs as long as they say, and not until a job has ended",
        type="bool",
        default=False,
    )


@pytest.fixture(scope="session")
def local_aws(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AwsForTests]:
    """A local AWS that the CDK has bootstrapped, for all tests of the session."""
    from personalize_local.testing import running

    seconds = pytestconfig.getini(_JOB_SECONDS)
    try:
        job_seconds = float(seconds)
    except ValueError:
        raise pytest.UsageError(
            f"{_JOB_SECONDS} must be a number of seconds, got {seconds!r}"
        ) from None
    directory = tmp_path_factory.mktemp("local-aws")
    with running(
        directory,
        region=pytestconfig.getini(_REGION),
        job_seconds=job_seconds,
        real_time=pytestconfig.getini(_REAL_TIME),
    ) as started:
        yield started


@pytest.fixture
def clean_local_aws(local_aws: AwsForTests) -> AwsForTests:
    """The local AWS of the session, without what earlier tests left: no stacks, jobs or faults."""
    local_aws.control.reset()
    return local_aws
