"""The lives of jobs that a file's tests tell of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.flow.library.lives import Lives, lived
from tests.support.flow.running_aws import RunningAws


@pytest.fixture(scope="module")
def lives(
    local_aws: RunningAws, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lives]:
    chosen = [item.name for item in request.session.items if item.path == request.path]
    with lived(local_aws, tmp_path_factory.mktemp("lives"), chosen) as begun:
        yield begun
