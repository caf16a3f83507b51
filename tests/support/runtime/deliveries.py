"""What a made-up template asks for, and how made-up events reach the function."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.support.runtime.aws import LAMBDA_SECONDS, FakeAws
from tests.support.runtime.calls import Calls, Killed

OPERATIONS = [
    "DescribeBatchInferenceJob",
    "CreateBatchInferenceJob",
    "DescribeBatchSegmentJob",
    "CreateBatchSegmentJob",
    "ListSolutionVersions",
    "DescribeSolutionVersion",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
    "GetObject",
    "CopyObject",
    "StartExecution",
    "DescribeStacks",
    "DescribeStackResource",
    "Invoke",
    "put",
]
PASSING = [
    "throttle",
    "error-before",
    "error-after",
    "dropped-before",
    "dropped-after",
    "denied",
    "role-unseen",
    "limit",
    "in-use",
]
# As many as a chain of invocations can wait for.
MOST_BUSY = 95
BUSY_ANSWERS = ("limit", "in-use", "role-unseen")


@dataclass(frozen=True)
class Wanted:
    """What a template asks for."""

    results: int = 1
    run_key: str | None = None
    segment: bool = False
    latest: bool = False
    content: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    preflight: bool = False
    waits_for_room: bool = False
    handle: str | None = None

    @property
    def kind(self) -> str:
        """Inference or Segment."""
        return "Segment" if self.segment else "Inference"

    @property
    def function_seconds(self) -> float:
        """The timeout of the function."""
        return 900 if self.waits_for_room else LAMBDA_SECONDS

    @property
    def identity(self) -> tuple[Any, ...]:
        """What makes it another request."""
        return (self.results, self.run_key, self.segment, self.latest, self.content)


@dataclass(frozen=True)
class Delivery:
    """How an event reaches the function.

    Attributes:
        times: How many times, one after the other.
        turns: Which of two parallel deliveries makes the next call, a bit for each call; None for
            one delivery at a time.
        kills: Before or after which calls the function's process ends.
        faults: Which calls fail, and how.
        busy: How many creations from now find no room among the running jobs.
        pauses_left: How many pauses from now the stack is rolled back; None for never.
    """

    times: int
    turns: int | None
    kills: tuple[tuple[int, bool], ...]
    faults: tuple[tuple[str, str], ...]
    busy: int
    pauses_left: int | None

    @property
    def is_blind(self) -> bool:
        """Whether the function cannot look at the stack, and goes on."""
        return any(
            operation.startswith("DescribeStack") and kind == "dropped-before"
            for operation, kind in self.faults
        )


FAULTS = [
    (operation, kind)
    for operation in OPERATIONS
    for kind in PASSING
    if kind not in BUSY_ANSWERS or operation.startswith("Create")
]
KILLS = [(call, before) for call in range(8) for before in (True, False)]
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "results": st.integers(1, 2),
        "run_key": st.sampled_from([None, "a"]),
        "segment": st.booleans(),
        "latest": st.booleans(),
        "content": st.sampled_from([None, "1" * 16, "2" * 16]),
        "tags": st.dictionaries(st.sampled_from("abc"), st.sampled_from("xy"), max_size=2).map(
            lambda tags: tuple(sorted(tags.items()))
        ),
        "preflight": st.booleans(),
        "waits_for_room": st.booleans(),
        "wait": st.sampled_from(["new", "same", "none"]),
    },
)
DELIVERIES = st.builds(
    Delivery,
    times=st.integers(1, 2),
    turns=st.none() | st.integers(0, 2**12 - 1),
    kills=st.lists(st.sampled_from(KILLS), max_size=2).map(tuple),
    faults=st.lists(st.sampled_from(FAULTS), max_size=3).map(tuple),
    # The last ones take longer than an invocation, and longer than a chain of them may take.
    busy=st.sampled_from([0, 0, 5, 70, MOST_BUSY, 400]),
    pauses_left=st.none() | st.integers(1, 90),
)


def deliver(
    aws: FakeAws, event: dict[str, Any], kills: list[tuple[int, bool]], seconds: float
) -> None:
    """Delivers an event and what is handed over, each until the function has come to its end."""
    events = [event]
    while events:
        aws.kill_at = kills.pop() if kills else None
        try:
            aws.invoke_once(events[0], seconds=seconds)
            events.pop(0)
        except (Killed, ConnectionResetError):
            pass  # Lambda runs the event again.
        events += aws.take_handed_over()


def take_turns(aws: Calls, runs: Sequence[Callable[[], None]], turns: int) -> None:
    """Runs functions in threads of which one at a time goes on, from call to call."""
    gates = [threading.Semaphore(0) for _ in runs]
    paused = threading.Semaphore(0)
    alive = list(range(len(runs)))
    failures: list[BaseException] = []
    me = threading.local()

    def step() -> None:
        paused.release()
        gates[me.index].acquire()

    def thread(index: int) -> None:
        me.index = index
        gates[index].acquire()
        try:
            runs[index]()
        except BaseException as failure:
            failures.append(failure)
        alive.remove(index)
        paused.release()

    aws.step = step
    threads = [threading.Thread(target=thread, args=(index,)) for index in alive]
    for one in threads:
        one.start()
    while alive:
        gates[alive[turns % len(alive)]].release()
        paused.acquire()
        turns //= 2
    for one in threads:
        one.join()
    aws.step = lambda: None
    if failures:
        raise failures[0]
