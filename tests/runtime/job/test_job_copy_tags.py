"""The copy of a job's input leaves the tags of the asset behind."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.runtime.aws import FakeAws
from tests.support.runtime.requests import COPY, make_properties


@pytest.mark.aws("a copy that needs rights to tags")
def test_the_copy_needs_no_rights_to_tags(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    aws.memory.put("assets", "abc.json", b'{"userId": "1"}\n')
    copies: list[dict[str, Any]] = []
    copy = aws.memory.copy_object

    def note(**request: Any) -> Any:
        copies.append(request)
        return copy(**request)

    monkeypatch.setattr(aws.memory, "copy_object", note)
    aws.create(make_properties(InputCopy=COPY))
    assert [one.get("TaggingDirective") for one in copies] == ["REPLACE"]
