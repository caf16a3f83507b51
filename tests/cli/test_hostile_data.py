"""Data that would act on a terminal, on a spreadsheet, or on the time that a command takes."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_personalize_batch.cli import result_files
from cdk_personalize_batch.cli.text import visible, visible_json
from tests.support.cli.runs import run, run_on_terminal

# Clears the screen, names the window, turns text around, ends a line, and says it in one byte.
HOSTILE = "\x1b[2J\x1b]0;x\x07\u202egpj.exe\u2066\u200f\u2028\x9b31m"
ACTING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
# What rich writes for headings, and for progress in one line.
OURS = re.compile(r"\x1b\[(?:[0-9;]*m|\?25[hl]|2K|1A)|\r")


def record(id: str, item: str = "1") -> bytes:
    line = {"input": {"userId": id}, "output": {"recommendedItems": [item], "scores": [0.5]}}
    return json.dumps(line).encode() + b"\n"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    file = tmp_path / "users.json.out"
    file.write_bytes(record(f"u{HOSTILE}", f"i{HOSTILE}"))
    return file


@pytest.mark.parametrize("how", ["table", "json", "csv"])
def test_results_do_nothing_to_a_terminal(results: Path, how: str) -> None:
    code, seen = run_on_terminal("results", results, "-f", how)
    assert code == 0
    assert ACTING.search(OURS.sub("", seen)) is None
    assert "gpj.exe" in seen


@pytest.mark.parametrize(
    "arguments", [["validate", "--format", "users"], ["validate", "--format", "users", "--json"]]
)
def test_what_is_wrong_with_a_file_does_nothing_to_a_terminal(
    tmp_path: Path, arguments: list[str]
) -> None:
    file = tmp_path / f"{HOSTILE.replace('/', '')}.json"
    file.write_text(json.dumps({"userId": 1, HOSTILE: HOSTILE}, ensure_ascii=False) + "\n")
    code, seen = run_on_terminal(*arguments, file)
    assert code == 1
    assert ACTING.search(OURS.sub("", seen)) is None


def test_records_that_are_printed_do_nothing_to_a_terminal(tmp_path: Path) -> None:
    file = tmp_path / "users.csv"
    file.write_text(f"USER_ID\n{HOSTILE}\n", newline="")
    code, seen = run_on_terminal("convert", file, "-", "--format", "users")
    assert code == 0
    assert ACTING.search(OURS.sub("", seen)) is None
    assert json.loads(seen.replace("\r\n", "\n")) == {"userId": HOSTILE}


def test_json_says_the_same_wherever_it_goes(results: Path) -> None:
    found = json.loads(run("results", str(results), "-f", "json").stdout)
    assert found["input"]["userId"] == f"u{HOSTILE}"


def test_csv_in_a_file_has_the_text_as_it_is(results: Path) -> None:
    (row,) = csv.DictReader(
        io.StringIO(run("results", str(results), "-f", "csv").stdout, newline="")
    )
    assert row["input"] == f"u{HOSTILE}"


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Z", "Cc", "Cf", "Cs"])))
def test_any_text_is_made_visible(text: str) -> None:
    assert ACTING.search(visible(text)) is None
    assert "\n" not in visible(text)
    visible(text).encode()
    assert json.loads(visible_json(json.dumps(text, ensure_ascii=False))) == text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_formula_is_text_where_it_is_asked_for(start: str) -> None:
    lines = record(f"{start}HYPERLINK(1)", f"{start}1") + record("1", "a=b")
    for option, mark in (([], ""), (["--no-formulas"], "'")):
        answer = run("results", "-", "-f", "csv", *option, input=lines)
        first, second = csv.DictReader(io.StringIO(answer.stdout, newline=""))
        assert (first["input"], first["recommended"]) == (
            f"{mark}{start}HYPERLINK(1)",
            f"{mark}{start}1",
        )
        assert first["score"] == "0.5"
        assert (second["input"], second["recommended"]) == ("1", "a=b")


def test_formulas_are_asked_for_with_csv_only() -> None:
    answer = run("results", "-", "--no-formulas", input=record("1"))
    assert answer.exit_code == 2
    assert "is for --format csv" in answer.stderr


class Counting(io.BytesIO):
    """A stream that hands a line out in small pieces, and counts what is joined."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        return Piece(super().read(size))


class Piece(bytes):
    """Bytes that may not be joined by themselves, which copies all that came before."""

    def __radd__(self, other: object) -> bytes:
        raise AssertionError("a line is copied with each of its blocks")

    __add__ = __radd__


def test_a_long_line_is_joined_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result_files, "_BLOCK", 7)
    content = b"a" * 100 + b"\n\nbb\n" + b"c" * 20
    stream = Counting(content)
    assert list(result_files._lines(stream)) == content.split(b"\n")
    assert stream.reads > 10


DEEP = b'{"a":' * 100_000 + b"1" + b"}" * 100_000


def test_a_line_that_is_nested_too_deeply_is_one_bad_line() -> None:
    answer = run("results", "-", "--errors", input=record("1") + DEEP + b"\n" + record("2"))
    assert answer.exit_code == 1
    assert "1 of 3 records failed" in answer.stderr
    assert "RecursionError" not in answer.stderr


def test_a_record_that_is_nested_too_deeply_is_one_problem() -> None:
    lines = b'{"userId":"1"}\n' + b'{"userId":"2","a":' + DEEP + b"}\n" + b'{"userId":"3"}\n'
    answer = run("validate", "-", "--format", "users", input=lines)
    assert answer.exit_code == 1
    assert "<stdin>:2" in answer.stdout
    assert "3 records" in answer.stdout
