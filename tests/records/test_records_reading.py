"""The fast reading of whole chunks and the slow one of lines must not be told apart."""

from __future__ import annotations

import io
import json
import random
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cdk_personalize_batch.records import RecordFormat, Report, check, validate
from cdk_personalize_batch.records.check import Check
from cdk_personalize_batch.records.duplicates import DuplicateCounter

USERS = RecordFormat.USERS
PARTS = [
    b'{"userId":"1"}',
    b'{"userId":"2"}',
    b'{"userId":"a,b"}',
    b'{"userId":"}{"}',
    b'{"userId":"1","filterValues":{}}',
    b'{"userId":"1","filterValues":{"A":"},{"}}',
    b'{"userId":"1","filterValues":\n{}}',
    b'{"userId":\n"1"}',
    b'{"userId":"1"\n"filterValues":{}}',
    b'{"userId":"a\nb"}',
    b'{"userId":"}\n{"}',
    b'{"userId":1}',
    b'{"userid":"1"}',
    b"{}",
    b"{",
    b"}",
    b"[",
    b'"x"',
    b"\xef\xbb\xbf",
    b"\xff",
    b"",
]
GAPS = [b"\n", b"\n", b"\n", b"\r\n", b"", b" ", b",", b",\n", b"\n\n", b"\r", b"\n "]


@st.composite
def files(draw: st.DrawFn) -> bytes:
    parts = draw(st.lists(st.tuples(st.sampled_from(PARTS), st.sampled_from(GAPS)), max_size=12))
    # A good start: on the first line some faults end the reading.
    return b'{"userId":"0"}\n' + b"".join(part + gap for part, gap in parts)


@contextmanager
def chunks_of(size: int) -> Iterator[None]:
    with patch.object(check, "_CHUNK", size):
        yield


def read(content: bytes, chunk: int) -> Report:
    with chunks_of(chunk):
        return validate(io.BytesIO(content), USERS, max_problems=100)


def is_user(line: bytes) -> bool:
    try:
        record = json.loads(line.decode())
    except ValueError:
        return False
    if not isinstance(record, dict) or not record.keys() <= {"userId", "filterValues"}:
        return False
    values = record.get("filterValues", {})
    return (
        isinstance(record.get("userId"), str)
        and isinstance(values, dict)
        and all(isinstance(value, str) for value in values.values())
    )


# Each fault alone changes the number of records or of lines; together they make up for another.
@given(content=files(), chunk=st.integers(1, 200))
@example(content=b'{"userId":"0"}{"userId":"1"}\n\n', chunk=200)
@example(content=b'{"userId":"0"}\n{"userId":"a\nb"}\n{"userId":"1"},{"userId":"2"}\n', chunk=200)
@example(
    content=b'{"userId":"0"}\n{"userId":"1","filterValues":\n{}}\n{"userId":"2"}{"userId":"3"}\n',
    chunk=200,
)
def test_fast_and_slow_reading_agree_with_a_plain_one(content: bytes, chunk: int) -> None:
    fast = read(content, chunk)
    with patch.object(Check, "_decode_whole", return_value=None):
        slow = read(content, len(content))
    assert fast == slow
    if fast.complete:
        lines = content.replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n")
        bad = [number for number, line in enumerate(lines, start=1) if not is_user(line)]
        assert [problem.line for problem in fast.problems] == bad
        assert fast.records == sum(1 for line in lines if line.strip())


DEFECTS = {
    "NUMBER_AS_ID": b'{"userId":5}',
    "MISSPELT_KEY": b'{"userid":"5"}',
    "MISSING_KEY": b"{}",
    "UNKNOWN_KEY": b'{"userId":"5","x":1}',
    "EMPTY_VALUE": b'{"userId":""}',
    "BLANK": b"",
    "SPLIT": b'{"userId":',
    "TWO_ON_A_LINE": b'{"userId":"5"} {"userId":"6"}',
    "NOT_JSON": b'{"userId":"5"},',
    "NOT_UTF_8": b'{"userId":"\xe9"}',
    "NOT_AN_OBJECT": b'["5"]',
    "BYTE_ORDER_MARK": b'\xef\xbb\xbf{"userId":"5"}',
}


@given(
    count=st.integers(2, 60),
    defects=st.dictionaries(st.integers(1, 59), st.sampled_from(sorted(DEFECTS)), max_size=5),
    chunk=st.integers(1, 400),
    end=st.sampled_from([b"", b"\n"]),
)
def test_every_defect_is_found_on_its_line_wherever_chunks_end(
    count: int, defects: dict[int, str], chunk: int, end: bytes
) -> None:
    lines = [b'{"userId":"%d"}' % number for number in range(count)]
    placed = {index: kind for index, kind in defects.items() if index < count - 1}
    for index, kind in placed.items():
        lines[index] = DEFECTS[kind]
    report = read(b"\n".join(lines) + end, chunk)
    found = {(problem.line or 0) - 1: problem.kind.name for problem in report.problems}
    assert found == placed
    assert report.problem_count == len(placed)
    assert report.records == count - list(placed.values()).count("BLANK")


class Drops(io.RawIOBase):
    """A stream that gives what a slow pipe gives: a few bytes at a time."""

    def __init__(self, content: bytes, seed: int) -> None:
        self._content = io.BytesIO(content)
        self._random = random.Random(seed)  # noqa: S311 - no secret

    def read(self, size: int = -1) -> bytes:
        return self._content.read(min(size, self._random.randint(1, 9)))


@given(content=files(), seed=st.integers(0, 9))
def test_a_stream_may_give_less_than_was_asked_for(content: bytes, seed: int) -> None:
    drops = validate(Drops(content, seed), USERS, max_problems=100)  # type: ignore[arg-type]
    assert drops == read(content, 1000)


def test_a_signature_is_known_from_single_bytes() -> None:
    report = validate(Drops(b"PAR1" * 9, 1), USERS)  # type: ignore[arg-type]
    assert [problem.kind.name for problem in report.problems] == ["COMPRESSED"]


@pytest.mark.parametrize("chunk", [7, 64, 10_000])
def test_a_line_too_long_is_one_problem_and_not_kept(chunk: int) -> None:
    good = b'{"userId":"1"}\n'
    content = good + b'{"userId":"' + b"x" * 5000 + b'"}\n' + good + b'{"userId":2}\n'
    with patch.object(check, "_LONGEST_LINE", 1000):
        report = read(content if chunk < 10_000 else content * 3, min(chunk, 64))
    kinds = [(problem.kind.name, problem.line) for problem in report.problems]
    expected = [("TOO_LONG", 2), ("NUMBER_AS_ID", 4)]
    assert kinds[:2] == expected
    assert report.records == 4 * len(kinds) // 2


def test_a_long_array_on_one_line_is_an_array() -> None:
    with patch.object(check, "_LONGEST_LINE", 1000):
        report = read(b'[{"userId":"1"}' + b',{"userId":"1"}' * 1000 + b"]", 64)
    assert [problem.kind.name for problem in report.problems] == ["ARRAY"]


class Repeated(io.RawIOBase):
    """A file of any size that takes no memory."""

    def __init__(self, block: bytes, times: int) -> None:
        self._block = block
        self._left = times

    def read(self, size: int = -1) -> bytes:
        self._left -= 1
        return self._block if self._left >= 0 else b""


def test_memory_does_not_grow_with_the_file() -> None:
    block = b"".join(b'{"userId":"%d"}\n' % number for number in range(6000))
    validate(Repeated(block, 3), USERS)  # type: ignore[arg-type]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = validate(Repeated(block, 300), USERS)  # type: ignore[arg-type]
    assert (report.records, report.duplicates) == (1_800_000, 1_794_000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024


@given(
    st.lists(
        st.sampled_from([b'{"userId":"%d"}' % number for number in range(5)] + [
            b'{"userId":"1","filterValues":{"A":"x","B":"y"}}',
            b'{"filterValues":{"B":"y","A":"x"},"userId":"1"}',
            b'{"userId":"1","filterValues":{"A":"z"}}',
        ]),
        min_size=1,
    ),
    st.integers(1, 300),
)  # fmt: skip
def test_duplicates_are_counted_exactly(lines: list[bytes], chunk: int) -> None:
    report = read(b"\n".join(lines), chunk)
    different = {json.dumps(json.loads(line), sort_keys=True) for line in lines}
    assert (report.duplicates, report.duplicates_exact) == (len(lines) - len(different), True)
    assert [warning.kind.name for warning in report.warnings] == (
        ["DUPLICATE"] if report.duplicates else []
    )


def test_bad_lines_are_no_duplicates() -> None:
    assert read(b'{"userId":1}\n' * 5, 100).duplicates == 0


def test_rankings_of_one_user_are_no_duplicates() -> None:
    lines = b'{"userId":"1","itemList":["1"]}\n{"userId":"1","itemList":["2"]}\n'
    report = validate(io.BytesIO(lines * 2), RecordFormat.RANKING)
    assert report.duplicates == 2


def test_with_a_full_memory_duplicates_are_at_least_so_many() -> None:
    records = [msgspec.convert({"userId": str(number)}, USERS.type) for number in range(3000)]
    counter = DuplicateCounter(remembered=500)
    for _ in range(2):
        for start in range(0, 3000, 10):
            counter.add(records[start : start + 10])
    assert not counter.exact
    assert 0 < counter.count <= 500


def test_duplicates_are_not_counted_unless_asked_for() -> None:
    report = validate(io.BytesIO(b'{"userId":"1"}\n' * 3), USERS, count_duplicates=False)
    assert (report.duplicates, report.duplicates_exact, report.warnings) == (None, False, ())
