"""What the command `results` makes of the output of a job."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import polars
import pytest

from tests.support.cli.results import LINES, NO_FIELDS
from tests.support.cli.runs import run, run_on_terminal


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        ("scores", [("4638", 1, "63", 0.5), ("4638", 2, "1", 0.25)]),
        ("no scores", [("105", 1, "7", None)]),
        ("filled up", [("9", 1, "7", 0.5), ("9", 2, "8", None)]),
        ("ranking", [("891", 1, "886", 0.9), ("891", 2, "27", 0.1)]),
        ("segment", [("105", 1, "106", None), ("105", 2, "107", None)]),
        ("attributes", [('ITEMS.genres = "Comedy"', 1, "25", None)]),
        ("theme", [("40", 1, "36", None)]),
    ],
)
def test_csv_has_a_row_for_each_recommendation(
    kind: str, rows: list[tuple[str, int, str, float | None]]
) -> None:
    line = json.dumps(LINES[kind]).encode()
    result = run("results", "-", "--format", "csv", input=line)
    assert (result.exit_code, result.stderr) == (0, "")
    heading = "input,rank,recommended,score,theme,relevance"
    assert result.stdout.splitlines()[0] == heading
    found = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [
        (row["input"], int(row["rank"]), row["recommended"], float(row["score"] or "nan"))
        for row in found
    ] == [pytest.approx((*row[:3], row[3] or float("nan")), nan_ok=True) for row in rows]
    if kind == "theme":
        assert found[0]["theme"] == "Movies with a strong female lead"
        assert found[0]["relevance"] == "0.19"


def test_a_table_is_for_reading(results: Path) -> None:
    result = run("results", results)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["INPUT", "RESULTS", "RECOMMENDED", "THEME"]
    assert lines[1].split() == ["4638", "2", "63,", "1"]
    assert lines[5].endswith("Movies with a strong female lead")
    assert [line == line.rstrip() for line in lines] == [True] * 8
    assert result.stderr == "3 of 10 records failed; --errors says why\n"


def test_a_table_has_the_first_records_and_ids() -> None:
    ids = [f"item-{number}" for number in range(25)]
    record = {"input": {"userId": "u" * 90}, "output": {"recommendedItems": ids}, "error": None}
    result = run("results", "-", input=json.dumps(record).encode() + b"\n" + b"{}\n" * 0)
    line = result.stdout.splitlines()[1]
    assert "item-9, …" in line
    assert "item-10" not in line
    assert f"{'u' * 59}…" in line
    many = (json.dumps(record).encode() + b"\n") * 21
    result = run("results", "-", input=many)
    assert len(result.stdout.splitlines()) == 21
    assert result.stderr == "there are more records than 20; --limit shows more\n"
    assert len(run("results", "-", "--limit", "21", input=many).stdout.splitlines()) == 22


def test_json_has_a_line_for_each_record(results: Path) -> None:
    result = run("results", results, "-f", "json", "--limit", "7")
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert answers[0] == LINES["scores"]
    assert answers[-1] == {
        "input": {"itemAttributes": 'ITEMS.genres = "Comedy"'},
        "output": {"recommendedUsers": ["25"]},
        "error": None,
    }
    assert len(answers) == 7


@pytest.mark.parametrize("piped", [True, False])
def test_parquet_has_typed_columns(results: Path, piped: bool) -> None:
    if piped:
        result = run("results", results, "-f", "parquet")
        table = polars.read_parquet(result.stdout_bytes)
    else:
        result = run("results", results, "-f", "parquet", "-o", "rows.parquet")
        assert result.stdout == ""
        table = polars.read_parquet("rows.parquet")
    assert dict(table.schema) == {
        "input": polars.String,
        "rank": polars.Int64,
        "recommended": polars.String,
        "score": polars.Float64,
        "theme": polars.String,
        "relevance": polars.Float64,
    }
    assert table.row(0) == ("4638", 1, "63", 0.5, None, None)
    assert len(table) == 11


def test_parquet_is_not_printed_on_a_run_on_terminal(results: Path) -> None:
    code, seen = run_on_terminal("results", results, "-f", "parquet")
    assert code == 2
    assert "name a file with --output" in seen


def test_a_table_on_a_terminal_takes_data_for_no_markup(tmp_path: Path) -> None:
    record = {"input": {"userId": "[red]:x:"}, "output": {"recommendedItems": ["[/b]"]}}
    file = tmp_path / "users.json.out"
    file.write_text(json.dumps(record))
    code, seen = run_on_terminal("results", file)
    assert code == 0
    assert "\x1b[1m" in seen
    assert "[red]:x:" in seen
    assert "[/b]" in seen


def test_control_characters_in_data_are_spelt_out() -> None:
    good = {"input": {"userId": "1\x1b[2J"}, "output": {"recommendedItems": ["a\nb"]}}
    bad = {"input": {"userId": "2"}, "error": "No\x1b[31m"}
    lines = b"".join(json.dumps(line).encode() + b"\n" for line in (good, bad))
    table = run("results", "-", input=lines).stdout
    assert table.splitlines()[1].split() == [r"1\x1b[2J", "1", r"a\nb"]
    errors = run("results", "-", "--errors", input=lines)
    assert "\x1b" not in errors.stdout + errors.stderr
    assert r"No\x1b[31m" in errors.stderr
    (row,) = csv.DictReader(io.StringIO(run("results", "-", "-f", "csv", input=lines).stdout))
    assert (row["input"], row["recommended"]) == ("1\x1b[2J", "a\nb")


def test_no_records_are_said() -> None:
    result = run("results", "-", input=b"")
    assert (result.exit_code, result.stderr) == (0, "there are no records\n")


def test_errors_are_listed_and_counted_by_reason(results: Path) -> None:
    result = run("results", results, "--errors")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["FILE", "LINE", "INPUT", "ERROR"]
    assert lines[1].split(maxsplit=3) == ["users.json.out", "8", '{"x":1}', NO_FIELDS]
    assert result.stderr.splitlines() == [
        "3 of 10 records failed",
        f"  2: {NO_FIELDS}",
        "  1: Internal error",
    ]


def test_errors_beyond_the_limit_are_counted(results: Path) -> None:
    result = run("results", results, "--errors", "--limit", "1", "-f", "json")
    (line,) = result.stdout.splitlines()
    assert json.loads(line) == {
        "file": "users.json.out",
        "line": 8,
        "input": {"x": 1},
        "error": NO_FIELDS,
    }
    assert "3 of 10 records failed" in result.stderr


def test_no_errors_are_0() -> None:
    line = json.dumps(LINES["segment"]).encode()
    result = run("results", "-", "--errors", "-f", "csv", input=line)
    assert (result.exit_code, result.stdout) == (0, "file,line,input,error\n")
    assert result.stderr == "0 of 1 record failed\n"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"hello", "the line is no JSON"),
        (b'{"input":{"userId":"\xff"}}', "the line is no JSON"),
        (b"[1]", "the line is no result of a batch job"),
        (b'{"x":1}', "the line is no result of a batch job"),
        (b'{"input":{"itemId":"1"}}', "there is neither an output nor an error"),
        (b'{"input":{"itemId":"1"},"error":{"code":7}}', "{'code': 7}"),
    ],
)
def test_a_line_that_is_no_result_is_an_error(line: bytes, says: str) -> None:
    result = run("results", "-", "--errors", "-f", "json", input=b"\n" + line)
    (row,) = (json.loads(text) for text in result.stdout.splitlines())
    assert (row["file"], row["line"]) == ("<stdin>", 2)
    assert says in row["error"]


@pytest.mark.parametrize(
    ("output", "keys"),
    [
        ({"items": ["1"], "scores": []}, "items, scores"),
        ({}, "none"),
        ({"usersList": 1}, "usersList"),
    ],
)
def test_a_result_of_another_shape_is_counted_and_told_with_its_keys(
    output: dict[str, object], keys: str
) -> None:
    lines = [LINES["segment"], {"input": {"userId": "1"}, "output": output, "error": None}]
    content = "".join(json.dumps(line) + "\n" for line in lines).encode()
    shown = run("results", "-", "-f", "csv", input=content)
    assert [row["recommended"] for row in csv.DictReader(io.StringIO(shown.stdout))] == [
        "106",
        "107",
    ]
    assert shown.stderr == "1 of 2 records failed; --errors says why\n"
    told = run("results", "-", "--errors", "-f", "json", input=content)
    assert told.exit_code == 1
    assert json.loads(told.stdout)["error"] == (
        "the output has no list under recommendedItems, usersList, recommendedUsers; "
        f"its keys are: {keys}"
    )
