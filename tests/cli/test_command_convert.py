from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars
import pytest

from cdk_personalize_batch.cli import tables
from tests.support.cli.runs import run


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def records(path: str = "out.json") -> list[Any]:
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("userId\n007\n1e3\n", [], [{"userId": "007"}, {"userId": "1e3"}]),
        ("USER_ID,AGE\n1,30\n", [], [{"userId": "1"}]),
        ("\ufeffid,AGE\n1,30\n", ["-c", "userId=id"], [{"userId": "1"}]),
        ("a;user id\nx;1\n\ny;2\n", ["--delimiter", ";"], [{"userId": "1"}, {"userId": "2"}]),
        ('name\n"a, ""b""\n"\n', ["-c", "userId=name"], [{"userId": 'a, "b"\n'}]),
        ("userId,user_id,id\n1,2,3\n", ["--column", "userId=id"], [{"userId": "3"}]),
        (
            "userId,genre,year\n1,Horror|Sci-Fi,1999\n",
            ["--filter", "GENRES=genre", "--filter", "$YEAR=year"],
            [
                {
                    "userId": "1",
                    "filterValues": {"GENRES": '"Horror","Sci-Fi"', "YEAR": '"1999"'},
                }
            ],
        ),
    ],
)
def test_csv_becomes_records(text: str, options: list[str], expected: list[object]) -> None:
    Path("in.csv").write_text(text, encoding="utf-8")
    result = run("convert", "in.csv", "out.json", "-f", "users", *options)
    assert (result.exit_code, result.stdout) == (0, "")
    assert records() == expected
    assert result.stderr.startswith(f"out.json: {len(expected)} record")


def test_lists_become_rankings() -> None:
    Path("in.tsv").write_text("USER_ID\tITEM_LIST\n1\t27,886\n2\t5\n")
    run("convert", "in.tsv", "out.json", "-r", "aws-personalized-ranking", "--separator", ",")
    assert records() == [
        {"userId": "1", "itemList": ["27", "886"]},
        {"userId": "2", "itemList": ["5"]},
    ]


def test_parquet_becomes_records_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_ROWS", 7)
    table = polars.DataFrame(
        {"USER_ID": range(20), "items": [[number, number + 1] for number in range(20)]}
    )
    table.write_parquet("in.parquet", row_group_size=5)
    result = run("convert", "in.parquet", "out.json", "-f", "ranking", "-c", "itemList=items")
    assert result.stderr == "out.json: 20 records\n"
    assert records() == [
        {"userId": str(number), "itemList": [str(number), str(number + 1)]} for number in range(20)
    ]


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        ("", [], "in.csv is empty; its first line must name the columns"),
        ("name\n1\n", [], "has no column for userId; name one with --column userId=COLUMN of name"),
        ("USER_ID,user id\n1,2\n", [], "has several columns (USER_ID, user id) for userId"),
        ("userId\n1\n", ["-c", "userId=id"], "in.csv has no column 'id'; it has userId"),
        ("userId\n1\n", ["--filter", "G=genre"], "in.csv has no column 'genre'; it has userId"),
        ("userId,a\n1,x\n,y\n", [], "in.csv, line 3, column userId: there is no value; leave"),
        ('a,userId\n"x\ny",1\n\nz,\n', [], "in.csv, line 5, column userId: there is no value"),
        ("userId,genre\n1,\n", ["--filter", "G=genre"], "in.csv, line 2, column genre: there is"),
        ("a,userId\n1,2\n3\n", [], "in.csv, line 3: it has 1 value for 2 columns; write one for"),
        ("a,userId\nAlien, Part 2,7\n", [], "in.csv, line 2: it has 3 values for 2 columns"),
        ("userId\n", [], "in.csv has columns, and no rows; write at least one"),
        ("a;user id\nx;1\n", [], "of a;user id; where ';' separates the columns, add --delimiter"),
        ('userId\n1\n"1\n', [], "in.csv, line 3: the row is no CSV (unexpected end of data)"),
        ("userId\n1\n\xe9\n", [], "in.csv, line 3: it is not UTF-8, got the byte 0xe9; save"),
        ("\x1f\x8b\x08", [], "in.csv is compressed with gzip; decompress it, as gunzip -c does"),
    ],
)
def test_a_csv_that_cannot_be_converted_leaves_no_file(
    folder: Path, text: str, options: list[str], says: str
) -> None:
    Path("in.csv").write_text(text, encoding="latin-1")
    result = run("convert", "in.csv", "out.json", "-f", "users", *options)
    assert result.exit_code == 1
    assert says in result.stderr
    assert [path.name for path in folder.iterdir()] == ["in.csv"]


@pytest.mark.parametrize(
    ("values", "format", "says"),
    [
        ([1.0], "users", "row 1, column userId: an id must be text or a whole number, got 1.0"),
        ([True], "users", "got True (bool)"),
        (["1", None], "users", "row 2, column userId: there is no value; leave the row out"),
        ([1], "ranking", "row 1, column itemList: a list must be text or a list, got 1; convert"),
        ([["1", None]], "ranking", "row 1, column itemList: there is no value"),
        ([[]], "ranking", "record 1: itemList is empty"),
    ],
)  # fmt: skip
def test_parquet_with_other_values_is_refused(values: list[object], format: str, says: str) -> None:
    ids = [str(number) for number in range(len(values))]
    columns = {"userId": values} if format == "users" else {"userId": ids, "itemList": values}
    polars.DataFrame(columns).write_parquet("in.parquet")
    result = run("convert", "in.parquet", "out.json", "-f", format)
    assert result.exit_code == 1
    assert says in result.stderr
    assert not Path("out.json").exists()


def test_what_is_no_parquet_is_refused() -> None:
    Path("in.parquet").write_text("userId\n1\n")
    result = run("convert", "in.parquet", "out.json", "-f", "users")
    assert result.exit_code == 1
    assert result.stderr.startswith("personalize-batch: error: in.parquet is no Parquet file (")


def test_standard_input_becomes_standard_output() -> None:
    result = run("convert", "-", "-", "-f", "items", input="itemId\né\n".encode())
    assert result.stdout == '{"itemId":"é"}\n'
    assert result.stderr == ""


@pytest.mark.parametrize(("options", "code"), [([], 1), (["--any-size"], 0)])
def test_a_file_has_as_many_records_as_its_job_takes(options: list[str], code: int) -> None:
    Path("in.csv").write_text("itemId\n" + "1\n" * 101)
    result = run("convert", "in.csv", "out.json", "-r", "similar-items", "--themes", *options)
    assert result.exit_code == code
    assert ("at most 100 records" in result.stderr) is bool(code)


@pytest.mark.parametrize("text", ['["27","886"]', "['27', '886']"])
def test_a_list_as_a_program_prints_it_is_not_taken_for_one_id(text: str) -> None:
    polars.DataFrame({"userId": ["1"], "itemList": [text]}).write_csv("in.csv")
    result = run("convert", "in.csv", "out.json", "-f", "ranking")
    assert result.exit_code == 1
    assert "a list must have '|' between its values and no brackets, got [" in result.stderr


def test_a_long_cell_is_taken() -> None:
    items = [f"item-{number}" for number in range(30_000)]
    Path("in.csv").write_text(f"userId,itemList\n1,{'|'.join(items)}\n")
    result = run("convert", "in.csv", "out.json", "-f", "ranking")
    assert (result.exit_code, result.stderr) == (0, "out.json: 1 record\n")
    assert records()[0]["itemList"] == items


def test_a_folder_of_parquet_is_called_a_folder() -> None:
    Path("in.parquet").mkdir()
    result = run("convert", "in.parquet", "out.json", "-f", "users")
    assert result.exit_code == 1
    assert "in.parquet is a folder; convert the files in it" in result.stderr


def test_an_error_about_the_target_names_it() -> None:
    Path("in.csv").write_text("userId\n1\n")
    Path("folder.json").mkdir()
    for target, says in (
        ("none/out.json", "error: none/out.json: No such file or directory; correct the path"),
        ("folder.json", "error: folder.json: Is a directory; name a file"),
    ):
        result = run("convert", "in.csv", target, "-f", "users")
        assert result.exit_code == 1
        assert says in result.stderr
