"""The check before a job is created: what is wrong, where, and what to do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.runtime.aws import FakeAws
from tests.support.runtime.preflight import Checked
from tests.support.runtime.requests import COPY, make_properties
from tests.support.s3 import Padded

USER = b'{"userId": "1"}\n'
ITEM = b'{"itemId": "1"}\n'
RANKING = b'{"userId": "1", "itemList": ["1", "2"]}\n'
THEMES = {"batchInferenceJobMode": "THEME_GENERATION"}
VERSION = "arn:aws:personalize:us-east-1:123456789012:solution/shop/v1"


@pytest.mark.parametrize(
    ("recipe", "content", "changes"),
    [
        ("aws-user-personalization-v2", USER, {}),
        ("aws-user-personalization", USER, {}),
        ("aws-hrnn", USER, {}),
        ("aws-hrnn-metadata", USER, {}),
        ("aws-hrnn-coldstart", USER, {}),
        ("aws-popularity-count", USER, {}),
        ("aws-personalized-ranking-v2", RANKING, {}),
        ("aws-personalized-ranking", RANKING, {}),
        ("aws-similar-items", ITEM, {}),
        ("aws-similar-items", ITEM, {"request": THEMES}),
        ("aws-sims", ITEM, {}),
        ("aws-semantic-similarity", ITEM, {}),
        ("aws-item-affinity", ITEM, {"JobKind": "BatchSegmentJob"}),
        (
            "aws-item-attribute-affinity",
            b'{"itemAttributes": "ITEMS.genre = \\"Comedy\\""}\n',
            {"JobKind": "BatchSegmentJob"},
        ),
        ("aws-of-next-year", b'{"sessionId": 7}\n', {}),
        ("", b'{"sessionId": 7}\n', {}),
    ],
)
def test_each_recipe_takes_its_own_lines(
    checked: Checked, recipe: str, content: bytes, changes: Any
) -> None:
    assert checked(content, recipe=recipe, **changes) == ""


@pytest.mark.parametrize(
    ("recipe", "changes", "text"),
    [
        ("aws-trending-now", {}, "does not run in batch. Use a solution with another recipe."),
        ("aws-next-best-action", {"JobKind": "BatchSegmentJob"}, "does not run in batch"),
        (
            "aws-item-affinity",
            {},
            "which is for a BatchSegmentJob, and this is a BatchInferenceJob. Use the other "
            "construct, or a solution with another recipe.",
        ),
        ("aws-sims", {"JobKind": "BatchSegmentJob"}, "which is for a BatchInferenceJob, and this"),
        ("aws-sims", {"request": THEMES}, "themes need a solution version that was trained with"),
    ],
)
def test_fails_where_the_recipe_does_not_allow_the_job(
    aws: FakeAws, checked: Checked, recipe: str, changes: Any, text: str
) -> None:
    reason = checked(USER, recipe=recipe, **changes)
    assert text in reason
    assert VERSION in reason
    assert recipe in reason
    assert "ListObjectsV2" not in aws.operations()


@pytest.mark.parametrize("status", ["CREATE IN_PROGRESS", "CREATE FAILED", "CREATE STOPPED"])
def test_fails_where_the_solution_version_is_not_active(
    aws: FakeAws, checked: Checked, status: str
) -> None:
    aws.versions[0]["status"] = status
    assert f"the solution version {VERSION} is {status} and not ACTIVE. Wait" in checked(USER)


def test_fails_where_there_is_no_input(checked: Checked) -> None:
    reason = checked()
    assert "was not created: there is no input at s3://in/users/. Put the JSON Lines" in reason


def test_an_input_of_exactly_the_quotas_passes(aws: FakeAws, checked: Checked) -> None:
    files = [USER] * 999
    assert checked(Padded(USER, 1_000_000_000 - 999 * len(USER)), *files) == ""


@pytest.mark.parametrize(
    ("files", "size", "text"),
    [
        (1001, len(USER), "more than 1000 files at s3://in/users/"),
        (5000, len(USER), "more than 1000 files at s3://in/users/"),
        (
            1000,
            1_000_000_001 - 999 * len(USER),
            "has 1000000001 bytes, and one job reads 1000000000 at most",
        ),
        (1, 5_000_000_000, "has 5000000000 bytes, and one job reads 1000000000 at most"),
    ],
)
def test_fails_above_the_quotas_and_points_to_the_workflow(
    aws: FakeAws, checked: Checked, files: int, size: int, text: str
) -> None:
    reason = checked(Padded(USER, size), *[USER] * (files - 1))
    assert text in reason
    assert "use a batch workflow, which takes input of any size" in reason
    assert [request["MaxKeys"] for request in aws.requests("ListObjectsV2")] in ([1000], [1000, 1])
    assert "GetObject" not in aws.operations()


def test_the_markers_of_empty_folders_are_no_input(aws: FakeAws, checked: Checked) -> None:
    aws.memory.put("in", "users/", b"")
    aws.memory.put("in", "users/eu/", b"")
    assert "there is no input" in checked()
    assert checked(USER) == ""


def test_a_path_is_one_object_or_a_prefix_as_the_service_reads_it(
    aws: FakeAws, checked: Checked
) -> None:
    aws.memory.put("in", "users", USER)
    aws.memory.put("in", "users_old", ITEM)
    reason = checked(request={"jobInput": {"s3DataSource": {"path": "s3://in/users"}}})
    assert "s3://in/users_old line 1" in reason
    del aws.memory.objects["in"]["users_old"]
    assert checked(request={"jobInput": {"s3DataSource": {"path": "s3://in/users"}}}) == ""


def test_a_whole_bucket_can_be_the_input(aws: FakeAws, checked: Checked) -> None:
    assert checked(USER, request={"jobInput": {"s3DataSource": {"path": "s3://in/"}}}) == ""


def test_the_first_middle_and_last_files_are_read_in_part(aws: FakeAws, checked: Checked) -> None:
    assert checked(*[USER] * 9) == ""
    read = [(request["Key"], request["Range"]) for request in aws.requests("GetObject")]
    assert read == [(f"users/{number}.json", "bytes=0-65535") for number in (1, 5, 9)]


def test_the_file_that_will_be_copied_is_checked_where_it_lies(
    aws: FakeAws, checked: Checked
) -> None:
    aws.memory.put("assets", "abc.json", ITEM)
    reason = checked(InputCopy=COPY)
    assert "s3://assets/abc.json line 1: the key userId is missing" in reason
    assert not {"ListObjectsV2", "CopyObject"} & set(aws.operations())
    aws.memory.put("assets", "abc.json", b"")
    assert "s3://assets/abc.json is empty" in checked(InputCopy=COPY)
    aws.memory.put("assets", "abc.json", USER)
    assert checked(InputCopy=COPY) == ""


@pytest.mark.parametrize("operation", ["ListObjectsV2", "GetObject", "DescribeSolutionVersion"])
def test_a_permission_that_is_not_seen_yet_is_waited_for(
    aws: FakeAws, checked: Checked, operation: str
) -> None:
    aws.fail(operation, "denied", times=8)
    assert checked(USER) == ""


@pytest.mark.parametrize("operation", ["ListObjectsV2", "GetObject", "DescribeSolutionVersion"])
def test_fails_after_a_minute_without_the_permission(
    aws: FakeAws, checked: Checked, operation: str
) -> None:
    aws.fail(operation, "denied", times=99)
    assert f"AccessDeniedException from {operation}" in checked(USER)
    assert 40 <= aws.seconds_used() <= 75


def test_nothing_is_checked_unless_asked(aws: FakeAws) -> None:
    for preflight in ("false", None):
        aws.create(make_properties(Preflight=preflight, RunKey=json.dumps(preflight)))
    assert set(aws.operations()) == {"DescribeBatchInferenceJob", "CreateBatchInferenceJob"}


@pytest.mark.aws("hidden files that are read as input")
@pytest.mark.parametrize("name", ["_committed_1", "_SUCCESS", "_delta_log/0.json", "d/.x.crc"])
def test_fails_where_a_file_is_hidden_because_the_job_would_read_it(
    aws: FakeAws, checked: Checked, name: str
) -> None:
    aws.memory.put("in", f"users/{name}", USER)
    reason = checked(USER)
    assert f"s3://in/users/{name} is no input, by the underscore or dot before its name" in reason
    assert "or use a batch workflow" in reason
