"""The lines that the check before a job finds, with their files and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.runtime.aws import FakeAws
from tests.support.runtime.preflight import Checked

USER = b'{"userId": "1"}\n'
ITEM = b'{"itemId": "1"}\n'
RANKING = b'{"userId": "1", "itemList": ["1", "2"]}\n'
THEMES = {"batchInferenceJobMode": "THEME_GENERATION"}


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
    checked: Checked, content: bytes, line: int, text: str
) -> None:
    reason = checked(USER, content)
    assert reason.startswith("Batch inference job shop-job-")
    assert f"was not created: s3://in/users/2.json line {line}: " in reason
    assert text in reason


@pytest.mark.parametrize("content", [b"", b"\n", b" \r\n\r\n"])
def test_fails_where_a_file_is_empty(checked: Checked, content: bytes) -> None:
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
def test_fails_where_a_ranking_has_no_list(checked: Checked, content: bytes, text: str) -> None:
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
def test_lines_that_the_service_reads_pass(checked: Checked, content: bytes) -> None:
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
    aws: FakeAws, checked: Checked, recipe: str, content: bytes, most: int, changes: Any
) -> None:
    reason = checked(content * (most + 1), recipe=recipe, **changes)
    assert f"s3://in/users/1.json line {most + 1}: one file has {most} records at most" in reason
    assert checked(content * most, recipe=recipe, **changes) == ""


def test_a_value_in_a_reason_is_short_and_on_one_line(checked: Checked) -> None:
    reason = checked(b'{"userId": {"\\u001b[31m\\n": "' + b"x" * 60_000 + b'"}}\n')
    assert reason.isprintable()
    assert len(reason) < 600
