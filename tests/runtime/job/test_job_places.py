"""Places that only the deployment knows are looked at before there is a job."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.runtime.aws import FakeAws
from tests.support.runtime.requests import make_properties


def reading(uri: str) -> dict[str, Any]:
    """The properties of a job with an input."""
    return make_properties(request={"jobInput": {"s3DataSource": {"path": uri}}})


@pytest.mark.aws("a run that starts the next one")
@pytest.mark.parametrize("uri", ["s3://out/", "s3://out/res", "s3://out/results/"])
def test_an_output_in_the_input_is_refused_before_there_is_a_job(aws: FakeAws, uri: str) -> None:
    answer = aws.create(reading(uri))
    assert answer["Status"] == "FAILED"
    assert (
        f"lies in its input {uri}, so that the next job would read its results" in answer["Reason"]
    )
    assert [name for name, _ in aws.calls] == ["DescribeBatchInferenceJob"]


@pytest.mark.aws("a run that starts the next one")
def test_an_input_without_a_slash_behind_its_bucket_is_refused(aws: FakeAws) -> None:
    answer = aws.create(reading("s3://films"))
    assert answer["Status"] == "FAILED"
    assert "the input s3://films has no / behind its bucket. Write s3://BUCKET" in answer["Reason"]


@pytest.mark.parametrize("uri", ["s3://out/in/", "s3://out/results2/", "s3://ou/"])
def test_an_input_beside_the_output_is_taken(aws: FakeAws, uri: str) -> None:
    assert aws.create(reading(uri))["Status"] == "SUCCESS"
