""""""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from cdk_personalize_batch import limits
from cdk_personalize_batch.records import (
    RECIPES,
    Problem,
    ProblemKind,
    RecordFormat,
    problems_of_file,
    validate,
)
from tests.support import ROOT

USERS = RecordFormat.USERS
RANKING = RecordFormat.RANKING
ATTRIBUTES = RecordFormat.ITEM_ATTRIBUTE_AFFINITY


def problems(content: bytes, record_format: RecordFormat = USERS) -> tuple[Problem, ...]:
    return validate(io.BytesIO(content), record_format).problems


def test_the_module_starts_without_the_cdk() -> None:
    script = (
        "import sys, cdk_personalize_batch.records;"
        "print(sorted({'aws_cdk', 'jsii', 'boto3'} & set(sys.modules)))"
    )
    constructs = ROOT / "constructs"
    answer = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(constructs)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout == "[]\n"


@pytest.mark.parametrize(
    ("recipe", "themes", "expected"),
    [
        ("aws-user-personalization-v2", False, USERS),
        ("user-personalization", False, USERS),
        ("HRNN", False, USERS),
        ("aws-popularity-count", False, USERS),
        ("arn:aws:personalize:::recipe/aws-personalized-ranking", False, RANKING),
        ("arn:aws-cn:personalize:::recipe/aws-sims", False, RecordFormat.ITEMS),
        ("aws-similar-items", False, RecordFormat.ITEMS),
        ("aws-similar-items", True, RecordFormat.THEMES),
        ("aws-semantic-similarity", False, RecordFormat.ITEMS),
        ("aws-item-affinity", False, RecordFormat.ITEM_AFFINITY),
        ("aws-item-attribute-affinity", False, ATTRIBUTES),
    ],
)
def test_a_recipe_has_a_format(recipe: str, themes: bool, expected: RecordFormat) -> None:
    assert RecordFormat.for_recipe(recipe, themes=themes) is expected


@pytest.mark.parametrize("recipe", ["aws-trending-now", "aws-next-best-action", "", "users"])
def test_a_recipe_without_batch_jobs_is_refused_with_those_that_have_them(recipe: str) -> None:
    with pytest.raises(ValueError, match="no batch job can use the recipe") as caught:
        RecordFormat.for_recipe(recipe)
    assert all(name in str(caught.value) for name in RECIPES)


def test_only_one_recipe_makes_themes() -> None:
    with pytest.raises(ValueError, match="only aws-similar-items makes themes, got 'aws-sims'"):
        RecordFormat.for_recipe("aws-sims", themes=True)


@pytest.mark.parametrize("record_format", RecordFormat)
def test_the_example_of_a_format_is_a_record_of_it(record_format: RecordFormat) -> None:
    report = validate(io.BytesIO(record_format.example.encode()), record_format)
    assert (report.ok, report.records, report.warnings) == (True, 1, ())


@pytest.mark.parametrize(
    ("record_format", "line"),
    [
        (USERS, rb'{"userId":"5","filterValues":{"GENRES":"\"horror\",\"comedy\""}}'),
        (USERS, b'{"filterValues":{},"userId":"5"}'),
        (USERS, b'  {"userId" : "5"}\t'),
        (USERS, '{"userId":"Zoë 😀, née \\ud83d\\ude00"}'.encode()),
        (RANKING, b'{"itemList":["1","1"],"userId":"5"}'),
        (ATTRIBUTES, rb'{"itemAttributes":"ITEMS.genres = \"Comedy\" AND ITEMS.x = \"y\""}'),
    ],
)
@pytest.mark.parametrize("end", [b"", b"\n", b"\n%b\n"])
def test_a_record_may_be_written_in_these_ways(
    record_format: RecordFormat, line: bytes, end: bytes
) -> None:
    end = end % line if b"%" in end else end
    report = validate(io.BytesIO(line + end), record_format)
    assert report.problems == ()
    assert report.records == (line + end).count(line)
    assert (report.bytes, report.complete) == (len(line + end), True)


@pytest.mark.parametrize(
    ("line", "kind", "column", "says"),
    [
        (b'{"userId":17}', "NUMBER_AS_ID", 11, 'must be a string, got 17; put it in double quotes'),
        (b'{"userId": 1.5}', "NUMBER_AS_ID", 12, 'got 1.5'),
        (b'{"userId":true}', "WRONG_TYPE", 11, "userId must be a string, got true"),
        (b'{"userId":null}', "WRONG_TYPE", 11, "got null"),
        (b'{"userId":["1"]}', "WRONG_TYPE", 11, 'got ["1"]'),
        (b'{"userId":""}', "EMPTY_VALUE", 11, "userId is empty"),
        (b'{"userid":"1"}', "MISSPELT_KEY", 2, 'must be "userId", got "userid"'),
        (b'{"USER_ID":"1"}', "MISSPELT_KEY", 2, 'must be "userId", got "USER_ID"'),
        (b'{"user":"1"}', "MISSPELT_KEY", 2, 'must be "userId", got "user"'),
        (b'{"userId":"1","FilterValue":{}}', "MISSPELT_KEY", 15, 'must be "filterValues"'),
        (b'{"itemId":"1"}', "MISSING_KEY", None, '"userId" is missing, got {"itemId":"1"}'),
        (b"{}", "MISSING_KEY", None, 'looks like {"userId":"4638"}'),
        (b'{"userId":"1","age":3}', "UNKNOWN_KEY", 15, 'got "age"; remove it'),
        (b'{"userId":"1","userId":2}', "REPEATED_KEY", 15, '"userId" is there more than once'),
        (b'{"userId":"1","filterValues":1}', "WRONG_TYPE", 30, "must be an object of strings"),
        (b'{"userId":"1","filterValues":{"A":1}}', "WRONG_TYPE", 35, "filterValues.A must be"),
        (b'"1"', "NOT_AN_OBJECT", 1, 'must be an object, got "1"'),
        (b"  17", "NOT_AN_OBJECT", 3, "got 17"),
        (b"null", "NOT_AN_OBJECT", 1, "got null"),
        (b"userId", "NOT_JSON", 1, "got userId; write one JSON object a line"),
        (b"{'userId':'1'}", "NOT_JSON", 2, "double quotes, as json.dumps does"),
        (b'{"userId":"1",,}', "NOT_JSON", 15, "not JSON"),
        (b'{"userId":NaN}', "NOT_JSON", None, "NaN is not JSON"),
        (b'{"userId":"a\tb"}', "NOT_JSON", 13, r"got {\"userId\":\"a\tb\"}".replace("\\\"", '"')),
        (b'{"userId":"1"},', "NOT_JSON", 15, "comma after the record"),
        (b'{"userId":"1"}x', "NOT_JSON", 15, "Extra data"),
        (b'{"userId":' * 100_000, "NOT_JSON", None, "nested too deeply"),
        (b'{"userId":"1"}{"userId":"2"}', "TWO_ON_A_LINE", 15, "more than one record on the line"),
        (b'{"userId":"1"}\r{"userId":"2"}', "TWO_ON_A_LINE", 16, 'got {"userId":"2"}'),
        (b'{"userId":"1"', "SPLIT", 14, "does not end on this line"),
        (b'{"userId":"1', "SPLIT", 11, "on one line of its own"),
        (b'{"userId":"\xff"}', "NOT_UTF_8", 12, "got byte 0xff; write the file as UTF-8"),
        (b'{"userId":"\xc3\xa9\xc3("}', "NOT_UTF_8", 13, "got byte 0xc3"),
        (rb'{"userId":"\ud800"}', "BROKEN_CHARACTER", None, r"got \ud800; write whole characters"),
        (b'\xef\xbb\xbf{"userId":"1"}', "BYTE_ORDER_MARK", 1, "without a byte order mark"),
        (b"", "BLANK", None, "blank line; remove it"),
        (b" \t", "BLANK", None, "blank line; remove it"),
    ],
)  # fmt: skip
def test_a_bad_line_is_described_with_its_place_and_remedy(
    line: bytes, kind: str, column: int | None, says: str
) -> None:
    good = b'{"userId":"0"}\n'
    (problem,) = problems(good + line + b"\n" + good)
    assert (problem.kind.name, problem.line, problem.column) == (kind, 2, column)
    assert says in str(problem)
    assert str(problem).startswith("line 2, column" if column else "line 2: ")
    assert len(str(problem)) < 300
    assert str(problem).isprintable()


@pytest.mark.parametrize(
    ("line", "kind", "column", "says"),
    [
        (b'{"userId":"1","itemList":["1",2]}', "NUMBER_AS_ID", 26, "itemList[1] must be a string"),
        (b'{"userId":"1","itemList":["1",""]}', "EMPTY_VALUE", 26, "itemList[1] is empty"),
        (b'{"userId":"1","itemList":[]}', "EMPTY_VALUE", 26, "itemList is empty"),
        (b'{"userId":"1","itemList":"27"}', "WRONG_TYPE", 26, "must be an array of strings"),
        (b'{"userId":"1","item_list":["27"]}', "MISSPELT_KEY", 15, 'must be "itemList"'),
        (b'{"userId":"1"}', "MISSING_KEY", None, '"itemList" is missing'),
    ],
)
def test_a_bad_ranking_is_described(line: bytes, kind: str, column: int | None, says: str) -> None:
    (problem,) = problems(line, RANKING)
    assert (problem.kind.name, problem.line, problem.column) == (kind, 1, column)
    assert says in str(problem)


@pytest.mark.parametrize(
    ("content", "kind", "says"),
    [
        (b"\x1f\x8b\x08\x00" + b"\n" * 9, "COMPRESSED", "gzip"),
        (b"PK\x03\x04\n\n", "COMPRESSED", "ZIP"),
        (b"PAR1\n\n", "COMPRESSED", "personalize-batch convert"),
        ('{"userId":"1"}\n'.encode("utf-16"), "UTF_16", "write it as UTF-8"),
        (b'[{"userId":"1"},\n{"userId":"2"}]\n', "ARRAY", "jq -c"),
        (b'["1","2"]', "ARRAY", 'got ["1","2"]'),
        (b"[" * 100_000, "ARRAY", "brackets"),
        (b'{\n  "userId": "1"\n}\n', "SPLIT", "write every record on one line"),
    ],
)
def test_a_file_that_is_wrong_as_a_whole_has_one_problem(
    content: bytes, kind: str, says: str
) -> None:
    report = validate(io.BytesIO(content), USERS)
    (problem,) = report.problems
    assert (problem.kind.name, report.problem_count, report.complete) == (kind, 1, False)
    assert says in str(problem)


def test_reading_ends_even_when_no_problem_is_to_be_described() -> None:
    report = validate(io.BytesIO(b"[1,\n2]\n"), USERS, max_problems=0)
    assert (report.problems, report.problem_count, report.complete) == ((), 1, False)


def test_an_empty_file_is_a_problem() -> None:
    (problem,) = problems(b"")
    text = 'there are no records; write one a line, such as {"userId":"4638"}'
    assert (problem.kind, str(problem)) == (ProblemKind.EMPTY, text)


@pytest.mark.parametrize(
    ("record_format", "most"),
    [(RecordFormat.THEMES, 100), (RecordFormat.ITEM_AFFINITY, 500), (ATTRIBUTES, 10)],
)
@pytest.mark.parametrize("bad_line", [b"", b"17\n"])
def test_a_file_has_a_limited_number_of_records(
    record_format: RecordFormat, most: int, bad_line: bytes
) -> None:
    line = record_format.example.encode() + b"\n"
    full = bad_line + line * (most - len(bad_line.splitlines()))
    kinds = [problem.kind.name for problem in problems(full, record_format)]
    assert kinds == ["NOT_AN_OBJECT"] * bool(bad_line)
    *_, problem = problems(full + line + line, record_format)
    assert (problem.kind.name, problem.line) == ("TOO_MANY_RECORDS", most + 1)
    assert f"at most {most} records" in str(problem)
    assert validate(io.BytesIO(full + line), record_format, quotas=False).problem_count == len(
        kinds
    )


def test_a_file_has_a_limited_size(monkeypatch: pytest.MonkeyPatch) -> None:
    content = b'{"userId":"1"}\n'
    monkeypatch.setattr(limits, "INPUT_BYTES", len(content))
    assert problems(content) == ()
    (problem,) = problems(content + b" ")[-1:]
    assert problem.kind is ProblemKind.TOO_LARGE
    assert "16 bytes are more than the 15 of one job; split it, or run a workflow" in str(problem)


def test_the_first_problems_are_described_and_the_rest_counted() -> None:
    report = validate(io.BytesIO(b'{"userId":1}\n' * 1000), USERS, max_problems=3)
    assert [problem.line for problem in report.problems] == [1, 2, 3]
    assert (report.problem_count, report.records, report.ok) == (1000, 1000, False)


def test_carriage_returns_are_one_warning() -> None:
    lines = b'{"userId":"1"}\n{"userId":"2"}\r\n{"userId":"3"}\r\n'
    report = validate(io.BytesIO(lines), USERS)
    (warning,) = report.warnings
    assert (report.ok, report.records) == (True, 3)
    assert (warning.kind, warning.line) == (ProblemKind.CARRIAGE_RETURN, 2)
    assert "write line feeds only" in str(warning)


def test_progress_is_told_all_bytes() -> None:
    told: list[int] = []
    content = b'{"userId":"1"}\n' * 50_000
    validate(io.BytesIO(content), USERS, progress=told.append)
    assert sum(told) == len(content)
    assert len(told) > 2


def test_messages_for_a_construct_are_short(tmp_path: Path) -> None:
    file = tmp_path / "users.json"
    file.write_bytes(b'{"userId":1}\n' * 7)
    *first, last = problems_of_file(file, USERS)
    assert len(first) == 5
    assert first[0].startswith("line 1, column 11: userId must be a string, got 1; ")
    assert last == "and 2 more"
    file.write_bytes(b'{"userId":"1"}\n')
    assert problems_of_file(file, USERS) == []
    missing = tmp_path / "none.json"
    (message,) = problems_of_file(missing, USERS)
    assert message.startswith(f"{missing} cannot be read: No such file")
