"""One stack of workflows for all tests of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.flow.library.workflows import SCALE, Workflows
from tests.support.flow.running_aws import RunningAws


@pytest.fixture(scope="session")
def workflows(local_aws: RunningAws, tmp_path_factory: pytest.TempPathFactory) -> Workflows:
    return Workflows(local_aws, tmp_path_factory.mktemp("workflows"))


@pytest.fixture(scope="module", autouse=True)
def _short_waits(local_aws: RunningAws) -> Iterator[None]:
    local_aws.control.scale_waits(SCALE)
    yield
    local_aws.control.scale_waits(1)
