from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars
import pytest
from botocore.stub import Stubber
from typer.testing import Result

Run = Callable[..., Result]

LINES = {
    "scores": {
        "input": {"userId": "4638"},
        "output": {"recommendedItems": ["63", "1"], "scores": [0.5, 0.25]},
        "error": None,
    },
    "no scores": {
        "input": {"itemId": "105"},
        "output": {"recommendedItems": ["7"]},
        "error": None,
    },
    "filled up": {
        "input": {"userId": "9", "filterValues": {"G": '"x"'}},
        "output": {"recommendedItems": ["7", "8"], "scores": [0.5]},
        "error": None,
    },
    "ranking": {
        "input": {"userId": "891", "itemList": ["27", "886"]},
        "output": {"recommendedItems": ["886", "27"], "scores": [0.9, 0.1]},
        "error": None,
    },
    "theme": {
        "input": {"itemId": "40"},
        "output": {
            "recommendedItems": ["36"],
            "theme": "Movies with a strong female lead",
            "itemsThemeRelevanceScores": [0.19],
        },
        "error": None,
    },
    "segment": {"input": {"itemId": "105"}, "output": {"recommendedUsers": ["106", "107"]}},
    "attributes": {
        "itemAttributes": 'ITEMS.genres = "Comedy"',
        "output": {"recommendedUsers": ["25"]},
    },
}
NO_FIELDS = "User error: Required fields for the provided recipe are userId"
FAILED = [
    {"input": {"x": 1}, "output": {"recommendedItems": []}, "error": NO_FIELDS},
    {"input": {"userId": "7"}, "output": None, "error": "Internal\nerror"},
    {"input": {"userId": "8"}, "error": NO_FIELDS},
]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("users.json.out")
    lines = [*LINES.values(), *FAILED]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


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
    run: Run, kind: str, rows: list[tuple[str, int, str, float | None]]
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


def test_a_table_is_for_reading(run: Run, file: Path) -> None:
    result = run("results", file)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["INPUT", "RESULTS", "RECOMMENDED", "THEME"]
    assert lines[1].split() == ["4638", "2", "63,", "1"]
    assert lines[5].endswith("Movies with a strong female lead")
    assert [line == line.rstrip() for line in lines] == [True] * 8
    assert result.stderr == "3 of 10 records failed; --errors says why\n"


def test_a_table_has_the_first_records_and_ids(run: Run) -> None:
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


def test_json_has_a_line_for_each_record(run: Run, file: Path) -> None:
    result = run("results", file, "-f", "json", "--limit", "7")
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert answers[0] == LINES["scores"]
    assert answers[-1] == {
        "input": {"itemAttributes": 'ITEMS.genres = "Comedy"'},
        "output": {"recommendedUsers": ["25"]},
        "error": None,
    }
    assert len(answers) == 7


@pytest.mark.parametrize("piped", [True, False])
def test_parquet_has_typed_columns(run: Run, file: Path, piped: bool) -> None:
    if piped:
        result = run("results", file, "-f", "parquet")
        table = polars.read_parquet(result.stdout_bytes)
    else:
        result = run("results", file, "-f", "parquet", "-o", "rows.parquet")
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


def test_parquet_is_not_printed_on_a_terminal(
    terminal: Callable[..., tuple[int, str]], file: Path
) -> None:
    code, seen = terminal("results", file, "-f", "parquet")
    assert code == 2
    assert "name a file with --output" in seen


def test_a_table_on_a_terminal_takes_data_for_no_markup(
    terminal: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    record = {"input": {"userId": "[red]:x:"}, "output": {"recommendedItems": ["[/b]"]}}
    file = tmp_path / "users.json.out"
    file.write_text(json.dumps(record))
    code, seen = terminal("results", file)
    assert code == 0
    assert "\x1b[1m" in seen
    assert "[red]:x:" in seen
    assert "[/b]" in seen


def test_output_goes_to_a_file(run: Run, file: Path) -> None:
    result = run("results", file, "-f", "csv", "-o", "rows.csv")
    assert result.stdout == ""
    assert len(Path("rows.csv").read_text().splitlines()) == 12


@pytest.mark.parametrize("format", ["table", "json", "csv", "parquet"])
def test_a_file_of_the_name_stays_until_the_new_one_is_whole(
    run: Run, file: Path, format: str
) -> None:
    Path("rows").write_text("of yesterday")
    result = run("results", file, "none.out", "-f", format, "-o", "rows")
    assert result.exit_code == 1
    assert "none.out: No such file or directory; correct the path" in result.stderr
    assert Path("rows").read_text() == "of yesterday"
    assert {path.name for path in Path().iterdir()} == {"rows", file.name}


def test_a_file_may_be_read_and_replaced(run: Run, file: Path) -> None:
    Path("link").symlink_to(file)
    result = run("results", file, "-f", "json", "-o", "link")
    assert result.exit_code == 0
    assert len(file.read_text().splitlines()) == 7
    assert Path("link").is_symlink()


def test_a_device_is_written_to_and_not_replaced(run: Run, file: Path) -> None:
    null = Path("null")
    os.mkfifo(null)
    # Open for both, so that nobody waits for another process.
    reader = os.open(null, os.O_RDWR)
    try:
        result = run("results", file, "-f", "csv", "--limit", "1", "-o", null)
        assert os.read(reader, 1000).startswith(b"input,rank,recommended")
    finally:
        os.close(reader)
    assert result.exit_code == 0
    assert null.is_fifo()


def test_the_pipe_of_a_shell_is_written_to(run: Run, file: Path) -> None:
    reader, writer = os.pipe()
    result = run("results", file, "-f", "csv", "--limit", "1", "-o", f"/dev/fd/{writer}")
    os.close(writer)
    with os.fdopen(reader) as pipe:
        assert pipe.readline() == "input,rank,recommended,score,theme,relevance\n"
    assert result.exit_code == 0


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_an_output_that_cannot_be_written_is_named(run: Run, file: Path, format: str) -> None:
    Path("folder").mkdir()
    for output, says in (
        ("none/rows", "none/rows: No such file or directory; correct the path"),
        ("folder", "folder: Is a directory; name a file"),
    ):
        result = run("results", file, "-f", format, "-o", output)
        assert result.exit_code == 1
        assert result.stderr == f"personalize-batch: error: {says}\n"


def test_control_characters_in_data_are_spelt_out(run: Run) -> None:
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


def test_no_records_are_said(run: Run) -> None:
    result = run("results", "-", input=b"")
    assert (result.exit_code, result.stderr) == (0, "there are no records\n")


def test_errors_are_listed_and_counted_by_reason(run: Run, file: Path) -> None:
    result = run("results", file, "--errors")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["FILE", "LINE", "INPUT", "ERROR"]
    assert lines[1].split(maxsplit=3) == ["users.json.out", "8", '{"x":1}', NO_FIELDS]
    assert result.stderr.splitlines() == [
        "3 of 10 records failed",
        f"  2: {NO_FIELDS}",
        "  1: Internal error",
    ]


def test_errors_beyond_the_limit_are_counted(run: Run, file: Path) -> None:
    result = run("results", file, "--errors", "--limit", "1", "-f", "json")
    (line,) = result.stdout.splitlines()
    assert json.loads(line) == {
        "file": "users.json.out",
        "line": 8,
        "input": {"x": 1},
        "error": NO_FIELDS,
    }
    assert "3 of 10 records failed" in result.stderr


def test_no_errors_are_0(run: Run) -> None:
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
def test_a_line_that_is_no_result_is_an_error(run: Run, line: bytes, says: str) -> None:
    result = run("results", "-", "--errors", "-f", "json", input=b"\n" + line)
    (row,) = (json.loads(text) for text in result.stdout.splitlines())
    assert (row["file"], row["line"]) == ("<stdin>", 2)
    assert says in row["error"]


def test_a_folder_is_all_its_results(run: Run, tmp_path: Path) -> None:
    line = json.dumps(LINES["segment"])
    for name in ("b/2.json.out", "a/1.json.out", "a/_manifest.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(line if name.endswith("out") else "x")
    result = run("results", tmp_path, "-f", "json")
    assert (len(result.stdout.splitlines()), result.stderr) == (2, "")
    (tmp_path / "cdk.out").mkdir()
    assert len(run("results", tmp_path, "-f", "json").stdout.splitlines()) == 2
    (tmp_path / "none").mkdir()
    result = run("results", tmp_path / "none")
    assert result.exit_code == 1
    assert "there is no *.out file below" in result.stderr


def listed(*keys: str) -> dict[str, object]:
    now = datetime.now(UTC)
    contents = [{"Key": key, "Size": 1, "LastModified": now, "ETag": '"e"'} for key in keys]
    return {"Contents": contents, "IsTruncated": False}


def test_a_prefix_in_s3_is_all_its_results(
    run: Run, stubs: Callable[[str], Stubber], s3_object: Callable[[bytes], dict[str, object]]
) -> None:
    first, second = (json.dumps(LINES[kind]).encode() for kind in ("scores", "theme"))
    page = {**listed("job/a.json.out", "job/x.txt"), "IsTruncated": True}
    page["NextContinuationToken"] = "more"
    asked: dict[str, object] = {"Bucket": "bucket", "Prefix": "job/"}
    s3 = stubs("s3")
    s3.add_response("list_objects_v2", page, asked)
    s3.add_response("get_object", s3_object(first), {"Bucket": "bucket", "Key": "job/a.json.out"})
    asked = {**asked, "ContinuationToken": "more"}
    s3.add_response("list_objects_v2", listed("job/b.json.out"), asked)
    s3.add_response("get_object", s3_object(second), {"Bucket": "bucket", "Key": "job/b.json.out"})
    result = run("results", "s3://bucket/job/", "-f", "json")
    assert [json.loads(line)["input"] for line in result.stdout.splitlines()] == [
        {"userId": "4638"},
        {"itemId": "40"},
    ]


def test_one_object_in_s3_is_read_without_listing(
    run: Run, stubs: Callable[[str], Stubber], s3_object: Callable[[bytes], dict[str, object]]
) -> None:
    asked = {"Bucket": "bucket", "Key": "job/a.json.out"}
    content = json.dumps(LINES["scores"]).encode()
    stubs("s3").add_response("get_object", s3_object(content), asked)
    assert "4638" in run("results", "s3://bucket/job/a.json.out").stdout


def test_a_prefix_without_results_is_an_error(run: Run, stubs: Callable[[str], Stubber]) -> None:
    stubs("s3").add_response("list_objects_v2", listed("job/x.json"), None)
    result = run("results", "s3://bucket/job/")
    assert result.exit_code == 1
    assert "there is no *.out object below s3://bucket/job/" in result.stderr
