"""The check before a job is created: what is wrong, where, and what to do."""

# The fixtures are fakes of untyped clients.
# ruff: noqa: ANN401

from __future__ import annotations

import json
from typing import Any

import pytest

USER = b'{"userId": "1"}\n'
ITEM = b'{"itemId": "1"}\n'
RANKING = b'{"userId": "1", "itemList": ["1", "2"]}\n'
THEMES = {"batchInferenceJobMode": "THEME_GENERATION"}
VERSION = "arn:aws:personalize:us-east-1:123456789012:solution/shop/v1"
COPY = {
    "sourceBucket": "assets",
    "sourceKey": "abc.json",
    "bucket": "in",
    "contentHash": "0123456789abcdef",
    "fileName": "users.json",
}


@pytest.fixture
def checked(aws: Any, properties: Any) -> Any:
    """Creates a job with a preflight and returns the reason of its failure, or ``""``."""

    def create(
        *contents: bytes, recipe: str = "aws-user-personalization-v2", **changes: Any
    ) -> str:
        aws.recipe = recipe
        for number, content in enumerate(contents, start=1):
            aws.objects["in", f"users/{number}.json"] = content
        answer = aws.create(properties(Preflight="true", **changes))
        assert (answer["Status"] == "SUCCESS") is (len(aws.jobs) == 1)
        return str(answer["Reason"])

    return create


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
    checked: Any, recipe: str, content: bytes, changes: Any
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
    aws: Any, checked: Any, recipe: str, changes: Any, text: str
) -> None:
    reason = checked(USER, recipe=recipe, **changes)
    assert text in reason
    assert VERSION in reason
    assert recipe in reason
    assert "ListObjectsV2" not in aws.operations()


@pytest.mark.parametrize("status", ["CREATE IN_PROGRESS", "CREATE FAILED", "CREATE STOPPED"])
def test_fails_where_the_solution_version_is_not_active(
    aws: Any, checked: Any, status: str
) -> None:
    aws.versions[0]["status"] = status
    assert f"the solution version {VERSION} is {status} and not ACTIVE. Wait" in checked(USER)


def test_fails_where_there_is_no_input(checked: Any) -> None:
    reason = checked()
    assert "was not created: there is no input at s3://in/users/. Put the JSON Lines" in reason


def test_an_input_of_exactly_the_quotas_passes(aws: Any, checked: Any) -> None:
    files = [USER] * 1000
    aws.sizes["in", "users/1.json"] = 1_000_000_000 - 999 * len(USER)
    assert checked(*files) == ""


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
    aws: Any, checked: Any, files: int, size: int, text: str
) -> None:
    aws.sizes["in", "users/1.json"] = size
    reason = checked(*[USER] * files)
    assert text in reason
    assert "use a batch workflow, which takes input of any size" in reason
    assert [request["MaxKeys"] for request in aws.requests("ListObjectsV2")] in ([1000], [1000, 1])
    assert "GetObject" not in aws.operations()


def test_the_markers_of_empty_folders_are_no_input(aws: Any, checked: Any) -> None:
    aws.objects["in", "users/"] = b""
    aws.objects["in", "users/eu/"] = b""
    assert "there is no input" in checked()
    assert checked(USER) == ""


def test_a_path_is_one_object_or_a_prefix_as_the_service_reads_it(aws: Any, checked: Any) -> None:
    aws.objects["in", "users"] = USER
    aws.objects["in", "users_old"] = ITEM
    reason = checked(request={"jobInput": {"s3DataSource": {"path": "s3://in/users"}}})
    assert "s3://in/users_old line 1" in reason
    del aws.objects["in", "users_old"]
    assert checked(request={"jobInput": {"s3DataSource": {"path": "s3://in/users"}}}) == ""


def test_a_whole_bucket_can_be_the_input(aws: Any, checked: Any) -> None:
    assert checked(USER, request={"jobInput": {"s3DataSource": {"path": "s3://in"}}}) == ""


def test_the_first_middle_and_last_files_are_read_in_part(aws: Any, checked: Any) -> None:
    assert checked(*[USER] * 9) == ""
    read = [(request["Key"], request["Range"]) for request in aws.requests("GetObject")]
    assert read == [(f"users/{number}.json", "bytes=0-65535") for number in (1, 5, 9)]


@pytest.mark.parametrize(
    ("content", "line", "text"),
    [
        (USER + b'{"userId": 2}\n', 2, "userId must be a string and not empty, got 2. Put ids in"),
        (USER * 3 + b'{"userId": ""}', 4, 'userId must be a string and not empty, got "".'),
        (b'{"userId": null}', 1, "userId must be a string and not empty, got null"),
        (b'{"userId": ["1"]}', 1, 'must be a string and not empty, got ["1"]'),
        (ITEM, 1, "the key userId is missing; the keys are: itemId. Write lines such as"),
        (b"{}", 1, "the key userId is missing; the keys are: none."),
        (b'{\n  "userId": "1"\n}\n', 1, "the line is not a JSON object, got {. Write each object"),
        (b'[{"userId": "1"}]', 1, "the line is not a JSON object, got [{"),
        (b'[\n{"userId": "1"}\n]', 1, "the line is not a JSON object, got [."),
        (b"userId\n1\n", 1, "the line is not a JSON object, got userId"),
        (b'"1"\n', 1, 'the line is not a JSON object, got "1"'),
        (b"[" * 5000, 1, "the line is not a JSON object"),
        (b"\xef\xbb\xbf" + USER, 1, "begins with a byte order mark. Write it as UTF-8 without"),
        (USER.decode().encode("utf-16"), 1, "begins with a byte order mark"),
        (b"\x1f\x8b\x08rest", 1, "the file is compressed with gzip. Store it uncompressed."),
        (USER + b'{"userId": "\xe9"}\n', 2, "the line is not UTF-8. Write the file as UTF-8."),
    ],
)
def test_fails_with_file_line_and_remedy(
    checked: Any, content: bytes, line: int, text: str
) -> None:
    reason = checked(USER, content)
    assert reason.startswith("Batch inference job shop-job-")
    assert f"was not created: s3://in/users/2.json line {line}: " in reason
    assert text in reason


@pytest.mark.parametrize("content", [b"", b"\n", b" \r\n\r\n"])
def test_fails_where_a_file_is_empty(checked: Any, content: bytes) -> None:
    assert 's3://in/users/1.json is empty. Write one JSON object per line, such as {"userId"' in (
        checked(content)
    )


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b'{"userId": "1"}', "the key itemList is missing; the keys are: userId"),
        (b'{"userId": "1", "itemList": "1,2"}', "must be a list of strings and not empty"),
        (b'{"userId": "1", "itemList": []}', "must be a list of strings and not empty, got []"),
        (b'{"userId": "1", "itemList": ["1", 2]}', "must be a list of strings and not empty"),
    ],
)
def test_fails_where_a_ranking_has_no_list(checked: Any, content: bytes, text: str) -> None:
    assert text in checked(content, recipe="aws-personalized-ranking")


@pytest.mark.parametrize(
    "content",
    [
        USER.replace(b"\n", b"\r\n") * 3,
        USER + b"\n" + USER + b"\n\n",
        USER + USER.rstrip(),
        b'{"userId": "1", "filterValues": {"GENRE": "\\"a\\""}}\n',
        '{"userId": "Zoë 漢 😀"}\n'.encode(),
        b'{"userId": "' + b"x" * 70_000 + b'"}\n',
        USER * 4096 + b'{"userId": "cut at 64 KiB"}\n',
    ],
)
def test_lines_that_the_service_reads_pass(checked: Any, content: bytes) -> None:
    assert checked(content) == ""


@pytest.mark.parametrize(
    ("recipe", "content", "most", "changes"),
    [
        ("aws-similar-items", ITEM, 100, {"request": THEMES}),
        ("aws-item-affinity", ITEM, 500, {"JobKind": "BatchSegmentJob"}),
        (
            "aws-item-attribute-affinity",
            b'{"itemAttributes": "ITEMS.genre = \\"a\\""}\n',
            10,
            {"JobKind": "BatchSegmentJob"},
        ),
    ],
)
def test_fails_above_the_records_of_a_file(
    aws: Any, checked: Any, recipe: str, content: bytes, most: int, changes: Any
) -> None:
    reason = checked(content * (most + 1), recipe=recipe, **changes)
    assert f"s3://in/users/1.json line {most + 1}: one file has {most} records at most" in reason
    assert checked(content * most, recipe=recipe, **changes) == ""


def test_the_file_that_will_be_copied_is_checked_where_it_lies(aws: Any, checked: Any) -> None:
    aws.objects["assets", "abc.json"] = ITEM
    reason = checked(InputCopy=COPY)
    assert "s3://assets/abc.json line 1: the key userId is missing" in reason
    assert not {"ListObjectsV2", "CopyObject"} & set(aws.operations())
    aws.objects["assets", "abc.json"] = b""
    assert "s3://assets/abc.json is empty" in checked(InputCopy=COPY)
    aws.objects["assets", "abc.json"] = USER
    assert checked(InputCopy=COPY) == ""


@pytest.mark.parametrize("operation", ["ListObjectsV2", "GetObject", "DescribeSolutionVersion"])
def test_a_permission_that_is_not_seen_yet_is_waited_for(
    aws: Any, checked: Any, operation: str
) -> None:
    aws.fail(operation, "denied", times=8)
    assert checked(USER) == ""


@pytest.mark.parametrize("operation", ["ListObjectsV2", "GetObject", "DescribeSolutionVersion"])
def test_fails_after_a_minute_without_the_permission(
    aws: Any, checked: Any, operation: str
) -> None:
    aws.fail(operation, "denied", times=99)
    assert f"AccessDeniedException from {operation}" in checked(USER)
    assert 40 <= aws.seconds_used() <= 75


def test_nothing_is_checked_unless_asked(aws: Any, properties: Any) -> None:
    for preflight in ("false", None):
        aws.create(properties(Preflight=preflight, RunKey=json.dumps(preflight)))
    assert set(aws.operations()) == {"DescribeBatchInferenceJob", "CreateBatchInferenceJob"}


def test_a_value_in_a_reason_is_short_and_on_one_line(checked: Any) -> None:
    reason = checked(b'{"userId": {"\\u001b[31m\\n": "' + b"x" * 60_000 + b'"}}\n')
    assert reason.isprintable()
    assert len(reason) < 600
