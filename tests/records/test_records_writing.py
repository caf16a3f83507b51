"""Records are written whole and right, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cdk_personalize_batch import limits
from cdk_personalize_batch.records import (
    InvalidRecordError,
    RecordFormat,
    validate,
    write,
)

USERS = RecordFormat.USERS
RANKING = RecordFormat.RANKING
ATTRIBUTES = RecordFormat.ITEM_ATTRIBUTE_AFFINITY


@pytest.mark.parametrize(
    ("record_format", "records", "expected"),
    [
        (USERS, ["1", "Zoë"], '{"userId":"1"}\n{"userId":"Zoë"}\n'),
        (RecordFormat.ITEMS, [{"itemId": "1"}, "2"], '{"itemId":"1"}\n{"itemId":"2"}\n'),
        (RANKING, [{"itemList": ("2", "1"), "userId": "1"}],
         '{"userId":"1","itemList":["2","1"]}\n'),
        (USERS, [{"userId": "1", "filterValues": {"G": '"a"'}}],
         '{"userId":"1","filterValues":{"G":"\\"a\\""}}\n'),
    ],
)  # fmt: skip
def test_written_records_are_valid(
    tmp_path: Path,
    record_format: RecordFormat,
    records: list[Mapping[str, object] | str],
    expected: str,
) -> None:
    file = tmp_path / "in.json"
    assert write(iter(records), file, record_format) == len(records)
    assert file.read_text() == expected
    assert validate(file, record_format).ok


@pytest.mark.parametrize(
    ("record_format", "records", "says"),
    [
        (USERS, [{"userId": "1"}, {"userId": 2}], "record 2: userId must be a string, got 2"),
        (USERS, [{"user_id": "1"}], 'record 1: the key must be "userId"'),
        (USERS, [{"userId": Decimal(1)}], "record 1: not a record"),
        (USERS, [{"userId": "\ud800"}], "record 1: half of a surrogate pair"),
        (USERS, [17], "record 1: must be an object, got 17"),
        (RANKING, ["1"], 'record 1: must be an object, got "1"'),
        (USERS, [], "no records to write"),
        (ATTRIBUTES, ["a"] * 11, "at most 10 records, got more"),
    ],
)
def test_nothing_is_written_when_a_record_is_wrong(
    tmp_path: Path, record_format: RecordFormat, records: list[str], says: str
) -> None:
    file = tmp_path / "in.json"
    file.write_text("old")
    with pytest.raises(InvalidRecordError) as caught:
        write(records, file, record_format)
    assert says in str(caught.value)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"in.json": "old"}


def test_nothing_is_written_beyond_the_size_of_a_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "INPUT_BYTES", 20)
    with pytest.raises(InvalidRecordError, match="at most 20 bytes, got more"):
        write(["1", "2"], tmp_path / "in.json", USERS)
    assert list(tmp_path.iterdir()) == []
    assert write(["1", "2"], tmp_path / "in.json", USERS, quotas=False) == 2


def test_nothing_stays_when_the_records_end_in_an_error(tmp_path: Path) -> None:
    def records() -> object:
        yield from map(str, range(20_000))
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        write(records(), tmp_path / "in.json", USERS)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_the_file_must_be_named_as_in_the_samples(tmp_path: Path) -> None:
    with pytest.raises(InvalidRecordError, match=r"must end in \.json, got 'in\.jsonl'"):
        write(["1"], tmp_path / "in.jsonl", USERS)


def test_a_format_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    named: Any = "users"
    for call in (lambda: validate(path, named), lambda: write(["1"], path, named)):
        with pytest.raises(TypeError) as caught:
            call()
        assert str(caught.value) == (
            "record_format must be a RecordFormat, such as RecordFormat.USERS, got 'users'"
        )
