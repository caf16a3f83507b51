"""A job that is checked before it is created."""

from __future__ import annotations

from typing import Any

from tests.support.runtime.aws import FakeAws
from tests.support.runtime.requests import make_properties
from tests.support.s3.blobs import Blob


class Checked:
    """Creates a job with a preflight."""

    def __init__(self, aws: FakeAws) -> None:
        self._aws = aws

    def __call__(
        self, *contents: bytes | Blob, recipe: str = "aws-user-personalization-v2", **changes: Any
    ) -> str:
        """Returns the reason of the failure, or ``""``, for files with these contents."""
        self._aws.recipe = recipe
        for number, content in enumerate(contents, start=1):
            self._aws.memory.put("in", f"users/{number}.json", content)
        answer = self._aws.create(make_properties(Preflight="true", **changes))
        assert (answer["Status"] == "SUCCESS") is (len(self._aws.jobs) == 1)
        return str(answer["Reason"])
