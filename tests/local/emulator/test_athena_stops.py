"""A query of Athena that is cancelled in its first moments."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from personalize_local.emulator.mends.athena import executions
from personalize_local.emulator.mends.athena.queries import engine, statements
from personalize_local.emulator.mends.athena.queries.engine import Engine


def test_a_query_that_is_cancelled_before_its_engine_has_begun_has_no_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    status: dict[str, Any] = {"State": "QUEUED", "SubmissionDateTime": time.time()}
    execution: dict[str, Any] = {
        "QueryExecutionId": "one",
        "Status": status,
        "Statistics": {},
        "ResultConfiguration": {},
        "QueryExecutionContext": {},
        "WorkGroup": "primary",
    }
    opened = engine.opened

    @contextmanager
    def cancelled_meanwhile(*given: Any) -> Iterator[Engine]:
        with opened(*given) as running:
            status["State"] = "CANCELLED"
            yield running

    monkeypatch.setattr(engine, "opened", cancelled_meanwhile)
    asyncio.run(executions.execute(execution, statements.parse("SELECT 1 AS a")))
    assert status["State"] == "CANCELLED"
    assert executions.ANSWER not in execution
