"""Not one record is lost or doubled, and no quota is exceeded, whatever the input looks like."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personalize_batch_runtime._shards.layout import Source, lay_out
from personalize_batch_runtime._shards.types import Quotas
from tests.support.runtime.shards import make_plan, run
from tests.support.s3 import MemoryS3

# The quotas, small: a cut lies at most 112 bytes before its nominal place.
SMALL = Quotas(
    job_bytes=600,
    job_files=5,
    file_records=100,
    shortest_record=4,
    windows=(16, 32, 64),
    smallest_fill=50,
    part_bytes=90,
    smallest_ranged_copy=40,
    counted_bytes=100_000,
)

# Mostly short lines, a few that are longer than the first windows, none longer than all of them.
LINE = st.one_of(st.integers(5, 30), st.integers(5, 30), st.integers(30, 100))


@st.composite
def files(draw: Any) -> dict[str, bytes]:
    content = {}
    for number in range(draw(st.integers(1, 6))):
        end = draw(st.sampled_from([b"\n", b"\r\n"]))
        lengths = draw(st.lists(LINE, min_size=1, max_size=draw(st.sampled_from([3, 60]))))
        text = b"".join(b"%0*d" % (length - 2, n) + end for n, length in enumerate(lengths))
        if draw(st.booleans()):
            text = text.removesuffix(end)
        content[f"data/{number}.json"] = text
    return content


def split(text: bytes) -> list[bytes]:
    return [line + b"\n" for line in text.removesuffix(b"\n").split(b"\n")]


def outcome(content: dict[str, bytes], quotas: Quotas, **event: Any) -> Any:
    s3 = MemoryS3(smallest_part=quotas.smallest_ranged_copy)
    for key, text in content.items():
        s3.put("in", key, text)
    before = dict(s3.objects["in"])
    plan = make_plan(s3, quotas, **event)
    requests = s3.calls["get_object"]
    for item in plan["shards"]:
        run(s3, quotas, task="copy", shard=item)
    assert {key: s3.objects["in"][key] for key in before} == before
    assert not s3.uploads
    shards = []
    for item in plan["shards"]:
        prefix = item["inputUri"].removeprefix("s3://in/")
        shards.append([s3.content("in", key) for key in s3.keys("in", prefix)])
        assert item["files"] == len(shards[-1])
        assert item["bytes"] == sum(map(len, shards[-1]))
    return plan, requests, shards


@settings(max_examples=300, deadline=None, derandomize=True)
@given(content=files())
def test_every_line_is_in_one_shard_in_order(content: dict[str, bytes]) -> None:
    _, requests, shards = outcome(content, SMALL)
    pieces = [piece for shard in shards for piece in shard]
    assert b"".join(pieces) == b"".join(content.values())
    for shard in shards:
        assert 0 < len(shard) <= SMALL.job_files
        assert sum(map(len, shard)) <= SMALL.job_bytes
        assert max(map(len, shard)) <= SMALL.file_bytes
    ends = set(content.values())
    for piece in pieces:
        assert piece.endswith(b"\n") or any(text.endswith(piece) for text in ends)
    assert requests <= 3 * nominal_cuts(content)


def nominal_cuts(content: dict[str, bytes]) -> int:
    sources = [Source(key, "", len(text)) for key, text in content.items()]
    pieces = [piece for shard in lay_out(sources, SMALL) for piece in shard.pieces]
    return sum(piece.start > 0 for piece in pieces)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(content=files(), limit=st.integers(1, 12))
def test_files_of_few_records_are_cut_by_counting(content: dict[str, bytes], limit: int) -> None:
    plan, _, shards = outcome(content, SMALL, recordsPerFile=limit)
    pieces = [piece for shard in shards for piece in shard]
    assert b"".join(pieces) == b"".join(content.values())
    assert max(len(split(piece)) for piece in pieces) <= limit
    assert plan["records"] == sum(len(split(text)) for text in content.values())
    for item, shard in zip(plan["shards"], shards, strict=True):
        assert item["records"] == sum(len(split(piece)) for piece in shard)
        assert len(shard) <= SMALL.job_files


@pytest.mark.parametrize(
    ("content", "limit", "files"),
    [
        (b"aaa\nbbb\nccc\n", 2, [b"aaa\nbbb\n", b"ccc\n"]),
        (b"aaa\nbbb\nccc", 2, [b"aaa\nbbb\n", b"ccc"]),
        (b"aaa\nbbb\n\n\nccc\n\n", 2, [b"aaa\nbbb\n\n\n", b"ccc\n\n"]),
        (b"\r\naaa\r\n\r\nbbb\r\n", 1, [b"\r\naaa\r\n\r\n", b"bbb\r\n"]),
    ],
)
def test_blank_lines_are_no_records(content: bytes, limit: int, files: list[bytes]) -> None:
    plan, _, shards = outcome({"data/a.json": content}, Quotas(), recordsPerFile=limit)
    assert shards == [files]
    assert plan["records"] == sum(line.strip() != b"" for line in content.split(b"\n"))


def test_a_line_longer_than_the_first_windows_stays_whole() -> None:
    long = b'{"userId":"' + b"x" * 80 + b'"}\n'
    content = {"data/a.json": b"aaa\n" * 100 + long * 3 + b"bbb\n" * 100}
    _, _, shards = outcome(content, SMALL)
    assert b"".join(b"".join(shard) for shard in shards) == content["data/a.json"]
    assert sum(piece.count(long) for shard in shards for piece in shard) == 3
