"""Bad records end at synth, whether they are a file or in the app."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars
import pytest

from cdk_personalize_batch import (
    JobInput,
    RecordFormat,
    ThemeGeneration,
    ValidationError,
)
from tests.support.synth.refusals import problems
from tests.support.synth.synth import Synth

MakeSynth = Callable[[], Synth]


def test_fails_when_the_file_is_missing(synth: Synth, tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    assert problems(synth, job_input=JobInput.from_asset(path)) == [
        f"job_input: there is no file {path} (looked in {Path.cwd()}); correct the path"
    ]


def test_fails_when_the_file_is_a_folder(synth: Synth, tmp_path: Path) -> None:
    assert problems(synth, job_input=JobInput.from_asset(tmp_path)) == [
        f"job_input: {tmp_path} is a folder; name one JSON Lines file"
    ]


@pytest.mark.parametrize("content", ["", "\n", "  \n\n"])
def test_fails_when_the_file_is_empty(synth: Synth, users: Path, content: str) -> None:
    users.write_text(content, encoding="utf-8")
    assert problems(synth, job_input=JobInput.from_asset(users)) == [
        f'job_input: {users} is empty; write one record a line, such as {{"userId": "42"}}'
    ]


@pytest.mark.parametrize("line", ['{"userId": "1"', "1", '["1"]', "userId", '{"a": 1} {"b": 2}'])
def test_fails_when_a_line_is_no_json_object(synth: Synth, users: Path, line: str) -> None:
    users.write_text(f'{{"userId": "1"}}\n\n{line}\n', encoding="utf-8")
    (problem,) = problems(synth, job_input=JobInput.from_asset(users))
    assert problem.startswith(f"job_input: {users} line 3 is not a JSON object (")
    assert f"got {line!r}" in problem
    assert problem.endswith("write one object a line, in UTF-8")


def test_fails_when_a_line_is_not_utf_8(synth: Synth, users: Path) -> None:
    users.write_bytes('{"userId": "é"}\n'.encode("latin-1"))
    (problem,) = problems(synth, job_input=JobInput.from_asset(users))
    assert "line 1 is not a JSON object" in problem


def test_fails_with_the_first_five_problems_of_a_file(synth: Synth, users: Path) -> None:
    users.write_text("{}\n" + "no\n" * 20, encoding="utf-8")
    assert len(problems(synth, job_input=JobInput.from_asset(users))) == 5


def test_fails_when_there_are_no_records(synth: Synth) -> None:
    assert problems(synth, job_input=JobInput.from_records([])) == [
        'job_input: the input is empty; write one record a line, such as {"userId": "42"}'
    ]


@pytest.mark.parametrize(
    ("records", "says"),
    [
        ({"userId": "1"}, "records must be an iterable of mappings or a data frame"),
        ("users.json", "put a single record in a list"),
        (7, "got 7; put a single record in a list"),
        ([{"userId": "1"}, {"userId": object}], "record 2 has no form in JSON"),
        (polars.LazyFrame({"userId": ["1"]}), "got a LazyFrame; call collect() on it"),
    ],
)
def test_fails_when_records_are_none(synth: Synth, records: object, says: str) -> None:
    given: Any = records
    (problem,) = problems(synth, job_input=JobInput.from_records(given))
    assert problem.startswith("job_input: record")
    assert says in problem


def test_fails_when_the_format_is_a_string(synth: Synth, users: Path) -> None:
    record_format: Any = "users"
    with pytest.raises(ValidationError, match=r"format must be RecordFormat\.USERS, or .* 'users'"):
        JobInput.from_asset(users, format=record_format)
    records = [{"userId": "1"}]
    assert problems(synth, job_input=JobInput.from_records(records, format=record_format)) == [
        "job_input: format must be a RecordFormat, such as RecordFormat.USERS, got 'users'"
    ]


@pytest.mark.parametrize("record_format", [None, RecordFormat.USERS])
def test_fails_when_a_file_is_compressed(
    synth: Synth, users: Path, record_format: RecordFormat | None
) -> None:
    users.write_bytes(gzip.compress(b'{"userId": "1"}\n'))
    (problem,) = problems(synth, job_input=JobInput.from_asset(users, format=record_format))
    assert "the file is compressed with gzip" in problem
    assert problem.endswith("; decompress it")


def test_fails_when_records_are_not_of_the_format(synth: Synth, users: Path) -> None:
    users.write_text('{"userId": "1"}\n{"userid": "2"}\n{"userId": 3}\n', encoding="utf-8")
    found = problems(synth, job_input=JobInput.from_asset(users, format=RecordFormat.USERS))
    places = [problem.split(": ")[1].split(",")[0] for problem in found]
    assert places == [f"{users} line 2", f"{users} line 3"]
    assert "userId" in found[0]
    (problem,) = problems(
        synth, job_input=JobInput.from_records([{"userId": "1"}], format=RecordFormat.ITEMS)
    )
    assert problem.startswith("job_input: the input line 1")


def test_fails_when_a_file_has_too_many_records_for_themes(make_synth: MakeSynth) -> None:
    def with_themes(count: int) -> None:
        records = [{"itemId": str(number)} for number in range(count)]
        make_synth().job(
            job_input=JobInput.from_records(records),
            theme_generation=ThemeGeneration(item_name="TITLE"),
        )

    with_themes(100)
    with pytest.raises(ValidationError, match="100"):
        with_themes(101)


def test_a_data_frame_is_as_good_as_its_rows(make_synth: MakeSynth) -> None:
    frame = polars.DataFrame({"userId": ["1", "2"]})
    rows = [{"userId": "1"}, {"userId": "2"}]

    class PandasFrame:
        columns = ("userId",)

        def to_dict(self, *, orient: str) -> list[dict[str, str]]:
            assert orient == "records"
            return rows

    written = []
    for records in (frame, rows, PandasFrame()):
        synth = make_synth()
        synth.job(job_input=JobInput.from_records(records, format=RecordFormat.USERS))
        written.append(synth.only("Custom::PersonalizeBatchInferenceJob")["InputCopy"])
    assert written[0] == written[1] == written[2]


def test_values_of_numpy_are_written_as_what_they_hold(make_synth: MakeSynth) -> None:
    class Array:
        def tolist(self) -> list[str]:
            return ["7", "8"]

    written = []
    for items in (Array(), ["7", "8"]):
        synth = make_synth()
        records = [{"userId": "1", "itemList": items}]
        synth.job(job_input=JobInput.from_records(records, format=RecordFormat.RANKING))
        written.append(synth.only("Custom::PersonalizeBatchInferenceJob")["InputCopy"])
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("userId\n1\n2\n", "is a table, as its first line reads"),
        ("USER_ID,AGE\n1,2\n", "personalize-batch convert TABLE.csv RECORDS.json --recipe RECIPE"),
        ('"user";"age"\n', "is a table"),
        ('[{"userId": "1"},\n {"userId": "2"}]', "is a JSON array; write its elements one a line"),
        ("\n[\n", "is a JSON array"),
    ],
)
def test_a_file_of_another_kind_is_told_once(
    synth: Synth, users: Path, content: str, text: str
) -> None:
    users.write_text(content)
    (problem,) = problems(synth, job_input=JobInput.from_asset(users))
    assert problem.startswith(f"job_input: {users} is a ")
    assert text in problem


@pytest.mark.parametrize("key", ["userId", "itemId"])
def test_a_number_as_an_id_is_refused_without_a_format(synth: Synth, key: str) -> None:
    records: list[dict[str, object]] = [{key: "1"}, {key: 42}, {key: [42]}]
    assert problems(synth, job_input=JobInput.from_records(records)) == [
        f"job_input: the input line 2 has a number as {key}, and ids are text: write "
        '"42" instead of 42'
    ]
