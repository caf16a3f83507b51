"""Tags of an existing job: changed in place, and right after rollbacks too."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.runtime.aws import FakeAws
from tests.support.runtime.requests import make_properties

CREATE = "CreateBatchInferenceJob"
DESCRIBE = "DescribeBatchInferenceJob"
LIST = "ListTagsForResource"


def test_a_new_job_has_its_tags_in_the_request(aws: FakeAws) -> None:
    aws.create(make_properties(JobTags={"team": "shop", "stage": ""}))
    assert aws.requests(CREATE)[0]["tags"] == [
        {"tagKey": "team", "tagValue": "shop"},
        {"tagKey": "stage", "tagValue": ""},
    ]
    assert aws.operations() == [DESCRIBE, CREATE]


@pytest.mark.parametrize(
    ("before", "after", "operations"),
    [
        ({"a": "1"}, {"a": "2"}, [LIST, "TagResource"]),
        ({"a": "1"}, {"b": "1"}, [LIST, "UntagResource", "TagResource"]),
        ({"a": "1", "b": "2"}, {"a": "1"}, [LIST, "UntagResource"]),
        ({"a": "1"}, None, [LIST, "UntagResource"]),
        (None, {"a": "1"}, [LIST, "TagResource"]),
        ({"a": "1"}, {"a": "1"}, []),
        (None, None, []),
    ],
)
def test_an_update_of_tags_changes_the_job_that_exists(
    aws: FakeAws, before: Any, after: Any, operations: list[str]
) -> None:
    old, new = make_properties(JobTags=before), make_properties(JobTags=after, Preflight="true")
    arn = aws.create(old)["PhysicalResourceId"]
    aws.tags[arn]["cost-centre"] = "of somebody else"
    aws.calls.clear()
    answer = aws.update(new, old, arn)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", arn)
    assert aws.operations() == [DESCRIBE, *operations]
    assert aws.tags[arn] == {**(after or {}), "cost-centre": "of somebody else"}


@pytest.mark.parametrize("done", ["nothing", "removal", "all"])
def test_a_rollback_brings_the_tags_back_however_far_the_change_came(
    aws: FakeAws, done: str
) -> None:
    old = make_properties(JobTags={"a": "1", "b": "1"})
    new = make_properties(JobTags={"b": "2", "c": "2"})
    arn = aws.create(old)["PhysicalResourceId"]
    if done == "nothing":
        aws.fail(LIST, "denied", times=99)
    if done == "removal":
        aws.fail("TagResource", "denied", times=99)
    status = aws.update(new, old, arn)["Status"]
    assert status == ("SUCCESS" if done == "all" else "FAILED")
    aws.faults.clear()
    assert aws.update(old, new, arn)["Status"] == "SUCCESS"
    assert aws.tags[arn] == {"a": "1", "b": "1"}


def test_a_job_that_an_update_finds_gets_the_tags_asked_for(aws: FakeAws) -> None:
    old = make_properties(JobTags={"a": "1"})
    first = aws.create(old)["PhysicalResourceId"]
    new = make_properties(JobTags={"a": "2"}, RunKey="2")
    second = aws.update(new, old, first)["PhysicalResourceId"]
    assert (
        aws.update(make_properties(JobTags={"a": "2"}), new, second)["PhysicalResourceId"] == first
    )
    assert aws.tags[first] == {"a": "2"}


def test_fails_with_the_jobs_name_where_its_tags_cannot_be_set(aws: FakeAws) -> None:
    old = make_properties(JobTags={"a": "1"})
    created = aws.create(old)
    aws.fail("TagResource", "denied", times=99)
    answer = aws.update(make_properties(JobTags={"a": "2"}), old, created["PhysicalResourceId"])
    assert answer["Reason"].startswith(
        f"Batch inference job {created['Data']['JobName']} exists, and its tags were not set: "
        "AccessDeniedException from TagResource"
    )
    assert answer["PhysicalResourceId"] == created["PhysicalResourceId"]


@pytest.mark.aws("a rollback that needs rights to tags")
@pytest.mark.parametrize("operation", [LIST, "TagResource", "UntagResource"])
def test_a_rollback_to_another_job_with_the_same_tags_needs_no_right_to_them(
    aws: FakeAws, operation: str
) -> None:
    old = make_properties(JobTags={"a": "1"})
    new = make_properties(JobTags={"a": "1"}, RunKey="2")
    first = aws.create(old)["PhysicalResourceId"]
    second = aws.update(new, old, first)["PhysicalResourceId"]
    aws.fail(operation, "denied", times=99)
    # As AWS sends it: with the id of what the undone update had made.
    answer = aws.update(old, new, second)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", first)
    assert aws.tags[first] == {"a": "1"}
