"""Queries that are stopped.

Sources: the API reference of StopQueryExecution and QueryExecutionStatus; the texts as printed in
https://github.com/aoyagikouhei/athena-local (docs/api.md).
"""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.support.flow.athena import Athena
from tests.support.waiting import wait_for

ENDLESS = (
    "SELECT count(*) FROM UNNEST(sequence(1, 1000000)) AS a (x)"
    " CROSS JOIN UNNEST(sequence(1, 1000000)) AS b (y) WHERE x * y % 7 = 3"
)


def test_a_query_that_runs_is_cancelled(athena: Athena) -> None:
    query_id = athena.start(ENDLESS)
    running = wait_for(
        lambda: athena.described(query_id)["Status"], lambda one: one["State"] != "QUEUED"
    )
    assert running["State"] == "RUNNING"
    assert "CompletionDateTime" not in running
    with pytest.raises(ClientError, match=r"has not yet finished\. Current state: RUNNING"):
        athena.client.get_query_results(QueryExecutionId=query_id)
    athena.client.stop_query_execution(QueryExecutionId=query_id)
    status = athena.described(query_id)["Status"]
    assert (status["State"], status["StateChangeReason"]) == (
        "CANCELLED",
        "Query cancelled by user",
    )
    with pytest.raises(ClientError, match="Could not find results"):
        athena.client.get_query_results(QueryExecutionId=query_id)
    # The engine has let go of it: its time is known.
    wait_for(
        lambda: athena.described(query_id)["Statistics"],
        lambda one: "EngineExecutionTimeInMillis" in one,
    )
    assert athena.described(query_id)["Status"]["State"] == "CANCELLED"


def test_stopping_what_has_ended_changes_nothing(athena: Athena) -> None:
    found = athena.done("SELECT 1 AS a")
    athena.client.stop_query_execution(QueryExecutionId=found["QueryExecutionId"])
    assert athena.described(found["QueryExecutionId"])["Status"] == found["Status"]


def test_a_query_that_there_is_not_cannot_be_stopped_or_described(athena: Athena) -> None:
    for ask in (athena.client.stop_query_execution, athena.client.get_query_execution):
        with pytest.raises(ClientError, match="QueryExecution nobody was not found") as caught:
            ask(QueryExecutionId="nobody")
        assert caught.value.response["AthenaErrorCode"] == "QUERY_EXECUTION_NOT_FOUND"
