"""Large inputs: few requests, little memory, little time."""

from __future__ import annotations

import time
import tracemalloc
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from personalize_batch_runtime._shards.layout import Source, lay_out
from personalize_batch_runtime._shards.types import Quotas
from tests.support.runtime.shards import make_plan, run
from tests.support.s3 import Lines, MemoryS3
from tests.support.s3.blobs import Joined

QUOTAS = Quotas()
MB = 1_000_000


def objects(s3: MemoryS3, plan: Any) -> list[list[Any]]:
    return [s3.json(item["copyList"])["objects"] for item in plan["shards"]]


def cuts(s3: MemoryS3, plan: Any) -> list[Any]:
    return [one for shard in objects(s3, plan) for one in shard if one["start"] > 0]


def test_half_a_billion_records_are_planned_by_a_few_requests(s3: MemoryS3) -> None:
    content = Lines(500_000_000, digits=9)
    s3.put("in", "data/users.json", content)
    plan = make_plan(s3)
    made = cuts(s3, plan)
    assert len(made) >= 21
    assert s3.calls["get_object"] <= 3 * len(made)
    assert s3.calls["get_object"] == len(made)
    assert s3.calls["list_objects_v2"] == 1
    assert s3.read_bytes == len(made) * QUOTAS.windows[0]
    assert sum(s3.calls.values()) == 1 + len(made) + plan["shardCount"]

    # Not one job more than 11.5 GB need.
    assert plan["shardCount"] == 12
    pieces = [one for shard in objects(s3, plan) for one in shard]
    assert (pieces[0]["start"], pieces[-1]["end"]) == (0, content.size)
    assert all(one["end"] == other["start"] for one, other in pairwise(pieces))
    for one in pieces:
        assert one["start"] % content.width == one["end"] % content.width == 0
        assert (one["end"] - one["start"]) // content.width <= QUOTAS.file_records
    for item in plan["shards"]:
        assert item["bytes"] <= QUOTAS.job_bytes
    assert plan["bytes"] == content.size


def test_half_a_billion_records_are_copied_without_reading_them(s3: MemoryS3) -> None:
    content = Lines(500_000_000, digits=9)
    s3.put("in", "data/users.json", content)
    plan = make_plan(s3)
    s3.read_bytes = 0
    for item in plan["shards"]:
        run(s3, task="copy", shard=item)
    assert s3.read_bytes < 100_000
    assert not s3.uploads
    end = 0
    for item in plan["shards"]:
        for key in s3.keys("in", item["inputUri"].removeprefix("s3://in/")):
            content_of = s3.objects["in"][key].blob
            assert isinstance(content_of, Joined)
            for _, first, last in content_of.ranges:
                assert first == end
                end = last
    assert end == content.size


def test_ten_gigabytes_in_a_thousand_files_are_planned_in_seconds(s3: MemoryS3) -> None:
    for number in range(1000):
        s3.put("in", f"data/{number:04}.json", Lines(10 * MB // 22))
    tracemalloc.start()
    started = time.process_time()
    plan = make_plan(s3)
    seconds, (_, peak) = time.process_time() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert plan["fileCount"] == 1000
    assert len(plan["shards"]) == 10
    assert not cuts(s3, plan)
    # One page, and one list for each shard: the rest of the ten seconds is for the network.
    assert sum(s3.calls.values()) == 11
    assert seconds < 2
    assert peak < 20 * MB


def test_a_thousand_files_that_must_be_cut_cost_three_requests_a_cut(s3: MemoryS3) -> None:
    # In lines of 3 MB the first two windows find nothing.
    for number in range(1000):
        s3.put("in", f"data/{number:04}.json", LongLines(11 * MB))
    plan = make_plan(s3, Quotas(smallest_fill=1 * MB))
    made = cuts(s3, plan)
    # One more was looked for: it lies in the first line, so that the file stays whole.
    assert len(made) == 7
    assert s3.calls["get_object"] == 3 * 8
    assert max(item["bytes"] for item in plan["shards"]) <= QUOTAS.job_bytes


class LongLines:
    """Lines of 3 MB."""

    def __init__(self, size: int) -> None:
        self.size = size

    def read(self, start: int, end: int) -> bytes:
        text = bytearray(b"x" * (end - start))
        for newline in range(3 * MB - 1, self.size, 3 * MB):
            if start <= newline < end:
                text[newline - start] = ord("\n")
        return bytes(text)


def test_a_window_of_sixteen_megabytes_is_not_held_in_memory(s3: MemoryS3) -> None:
    s3.put("in", "data/a.json", LongLines(1200 * MB))
    tracemalloc.start()
    # Lines of 3 MB: the third window is read, and its content is made by the test 256 KiB a time.
    make_plan(s3)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert s3.read_bytes > 17 * MB
    assert peak < 12 * MB


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    sizes=st.lists(
        st.one_of(
            st.integers(1, 5 * MB),
            st.integers(1, 2000 * MB),
            st.sampled_from([1, 733 * MB, 750 * MB, 1000 * MB, 1001 * MB]),
            st.integers(10**9, 10**12),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_the_quotas_hold_wherever_the_line_ends_are(sizes: list[int]) -> None:
    sources = [Source(f"data/{n:05}", "", size) for n, size in enumerate(sizes)]
    shards = list(lay_out(sources, QUOTAS))
    pieces = [piece for shard in shards for piece in shard.pieces]
    # As early as a cut can be: all that a stretch can grow by.
    early = [
        (max(0, piece.start - QUOTAS.cut_slack) if piece.start else 0, piece.end)
        for piece in pieces
    ]
    assert max(end - start for start, end in early) <= QUOTAS.file_bytes
    for shard in shards:
        assert 0 < len(shard.pieces) <= QUOTAS.job_files
        total = sum(piece.end - piece.start for piece in shard.pieces)
        grown = min(QUOTAS.cut_slack, shard.pieces[0].start)
        assert total + grown <= QUOTAS.job_bytes
    covered: dict[str, int] = {}
    for piece in pieces:
        assert piece.start == covered.get(piece.source.key, 0)
        assert piece.start < piece.end
        covered[piece.source.key] = piece.end
    assert list(covered.values()) == sizes
    # At most an eighth of a job is left empty, but for the last.
    filled = (QUOTAS.job_bytes - QUOTAS.cut_slack - QUOTAS.smallest_fill) * (len(shards) - 1)
    assert filled <= sum(sizes)


def test_a_thousand_tiny_files_fill_a_job_by_their_number() -> None:
    sources = [Source(f"data/{n:05}", "", 15) for n in range(2500)]
    counts = [len(shard.pieces) for shard in lay_out(sources, QUOTAS)]
    assert counts == [1000, 1000, 500]
